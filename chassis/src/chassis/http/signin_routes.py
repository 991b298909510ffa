"""/signin, /callback and /signout: a service with pages lists `signin_router` in its routers."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse

from chassis.errors import NotFound
from chassis.http.runtime import runtime_of
from chassis.signin import ATTEMPT_SECONDS, SESSION_SECONDS, SignIn

router = APIRouter(include_in_schema=False)


@router.get("/signin")
async def sign_in(request: Request, next: str = "/") -> RedirectResponse:
    signin = _signin(request)
    departure = await signin.depart(next)
    answer = RedirectResponse(departure.url, status_code=303)
    answer.set_cookie(
        signin.attempt_cookie,
        departure.cookie,
        max_age=ATTEMPT_SECONDS,
        path="/callback",
        secure=signin.secure,
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get("/callback")
async def callback(request: Request) -> RedirectResponse:
    signin = _signin(request)
    path, cookie = await signin.arrive(request)
    answer = RedirectResponse(path, status_code=303)
    answer.set_cookie(
        signin.session_cookie,
        cookie,
        max_age=SESSION_SECONDS,
        secure=signin.secure,
        httponly=True,
        samesite="lax",
    )
    answer.delete_cookie(signin.attempt_cookie, path="/callback", secure=signin.secure)
    return answer


@router.post("/signout")
async def sign_out(request: Request) -> RedirectResponse:
    signin = _signin(request)
    await signin.actor(request)  # refuses a form of another site
    answer = RedirectResponse("/", status_code=303)
    answer.delete_cookie(signin.session_cookie, secure=signin.secure, httponly=True, samesite="lax")
    return answer


def _signin(request: Request) -> SignIn:
    signin = runtime_of(request).signin
    if signin is None:
        raise NotFound("nobody signs in here")
    return signin
