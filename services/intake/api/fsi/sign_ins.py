"""Transactions of signing in and out: 9001, 9002."""

from services.intake import wiring
from services.intake.api.fsi.handler import Call, Output
from services.intake.api.fsi.visit_answers import local


async def sign_in(call: Call) -> Output:
    """9001 签到: one number an operator and day."""
    entry = call.input.required_child("signIn")
    operator = entry.required_text("opter_no", longest=30)
    call.input.sound()
    signed = await wiring.build_interface_sign_in(call.resources).sign_in(call.institution_code, operator)
    return Output({"signinoutb": {"sign_time": local(signed.signed_in_at), "sign_no": signed.sign_no}})


async def sign_out(call: Call) -> Output:
    """9002 签退."""
    entry = call.input.required_child("signOut")
    sign_no = entry.required_text("sign_no", longest=30)
    call.input.sound()
    ended = await wiring.build_interface_sign_in(call.resources).sign_out(call.institution_code, sign_no)
    return Output({"signoutoutb": {"sign_time": local(ended)}})
