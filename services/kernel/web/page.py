"""The interface's description as a page that comes whole from this service: no other host is asked."""

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

# The browser holds it too, whatever the script would fetch; what starts the script stands in the page itself.
ONLY_FROM_HERE = "default-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"


def add_page(app: FastAPI) -> None:
    """GET /docs. Its addresses are relative, so that it works behind a proxy's prefix too."""

    @app.get("/docs", include_in_schema=False)
    async def page() -> HTMLResponse:
        shown = get_swagger_ui_html(
            openapi_url="openapi.json",
            title=app.title,
            swagger_js_url="docs/swagger-ui-bundle.js",
            swagger_css_url="docs/swagger-ui.css",
            swagger_favicon_url="docs/favicon.png",
            swagger_ui_parameters={"validatorUrl": None},  # else swagger.io may be asked what it thinks of us
        )
        shown.headers["Content-Security-Policy"] = ONLY_FROM_HERE
        return shown

    app.mount("/docs", StaticFiles(packages=[("fastapi_offline", "static")]))
