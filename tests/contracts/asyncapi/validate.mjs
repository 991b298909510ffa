// Prints what the official AsyncAPI parser says about a document, one diagnostic a line.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [modules, document] = process.argv.slice(2);
const { Parser } = createRequire(`${modules}/`)("@asyncapi/parser");

const { diagnostics } = await new Parser().parse(readFileSync(document, "utf8"));
for (const { severity, code, message, path } of diagnostics) {
  console.log(`${["error", "warning", "info", "hint"][severity]} ${code} ${path.join(".")}: ${message}`);
}
