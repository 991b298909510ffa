{{/* Values that an installation must give. */}}
{{- define "npp.image" -}}
{{ required "image.registry" .root.Values.image.registry }}/npp-{{ .service }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end }}

{{- define "npp.labels" -}}
app.kubernetes.io/name: {{ .service }}
app.kubernetes.io/part-of: npp
app.kubernetes.io/component: {{ .role }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}

{{/* One container of a service in a role: environment, secrets, no more rights than it needs. */}}
{{- define "npp.container" -}}
name: {{ .role }}
image: {{ include "npp.image" . }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args: [{{ .role }}]
envFrom:
  - secretRef: {name: npp-{{ .service }}}
env:
  - {name: ENVIRONMENT, value: production}
  - {name: LOG_LEVEL, value: {{ .root.Values.logLevel | quote }}}
  - {name: KAFKA_BOOTSTRAP_SERVERS, value: {{ required "kafka.bootstrapServers" .root.Values.kafka.bootstrapServers | quote }}}
  - {name: OIDC_ISSUER, value: {{ required "oidc.issuer" .root.Values.oidc.issuer | quote }}}
  - {name: OIDC_JWKS_URL, value: {{ required "oidc.jwksUrl" .root.Values.oidc.jwksUrl | quote }}}
  - {name: OIDC_AUDIENCE, value: {{ .root.Values.oidc.audience | quote }}}
  {{- with .root.Values.otlpEndpoint }}
  - {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ . | quote }}}
  {{- end }}
  {{- with index .root.Values.publicUrls .service }}
  - {name: PUBLIC_URL, value: {{ . | quote }}}
  {{- end }}
volumeMounts:
  - {name: scratch, mountPath: /tmp}
resources: {{- toYaml .root.Values.resources | nindent 2 }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
  seccompProfile: {type: RuntimeDefault}
{{- end }}
