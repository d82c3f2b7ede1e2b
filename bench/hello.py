"""The least that FastAPI does, in a process of its own: `python -m bench.hello PORT`."""

import sys

import uvicorn
from fastapi import FastAPI


def make_app() -> FastAPI:
    app = FastAPI()

    @app.get("/hello")
    async def hello() -> dict[str, str]:
        return {"hello": "一码"}

    @app.get("/readyz")
    async def ready() -> dict[str, str]:
        return {}

    return app


if __name__ == "__main__":
    uvicorn.run(make_app(), port=int(sys.argv[1]), loop="uvloop", http="httptools", log_level="warning")
