"""The files door over HTTP: which days there are, a day's package, and each file by its link."""

from reporting.api.files.download import router as download_router
from reporting.api.files.packages import router as packages_router

# In this order: a package's name would be taken for a file's.
ROUTERS = (packages_router, download_router)
