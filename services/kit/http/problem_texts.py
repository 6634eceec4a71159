"""Texts of problems in Chinese and English: titles by status, and what can be wrong with a field."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Text(NamedTuple):
    """One text in both languages."""

    zh: str
    en: str


class StatusText(NamedTuple):
    """Code and title of an HTTP status, and the detail where there is nothing more to say."""

    code: str
    title: Text
    detail: Text


STATUS: dict[int, StatusText] = {
    400: StatusText(
        "bad_request", Text("请求有误", "Bad request"), Text("请求无法理解。", "The request makes no sense.")
    ),
    401: StatusText(
        "unauthenticated", Text("未认证", "Unauthorized"), Text("需要访问令牌。", "A bearer token is needed.")
    ),
    403: StatusText("forbidden", Text("无权访问", "Forbidden"), Text("无权执行此操作。", "You may not do this.")),
    404: StatusText("not_found", Text("未找到", "Not found"), Text("此处没有内容。", "There is nothing here.")),
    405: StatusText(
        "method_not_allowed",
        Text("方法不允许", "Method not allowed"),
        Text("此地址不支持该方法。", "Not by this method."),
    ),
    406: StatusText(
        "not_acceptable", Text("无法接受", "Not acceptable"), Text("没有所要的形式。", "Not in that form.")
    ),
    408: StatusText(
        "body_slow", Text("请求超时", "Request timeout"), Text("请求正文接收超时。", "The body did not come in time.")
    ),
    409: StatusText("conflict", Text("存在冲突", "Conflict"), Text("与现有数据冲突。", "It contradicts what stands.")),
    410: StatusText("gone", Text("已失效", "Gone"), Text("已不再提供。", "It is no longer to be had.")),
    413: StatusText(
        "body_too_large",
        Text("请求体过大", "Content too large"),
        Text("请求体超过上限。", "The body exceeds its bound."),
    ),
    415: StatusText(
        "media_type_unsupported",
        Text("媒体类型不支持", "Unsupported media type"),
        Text("不支持该媒体类型。", "This media type is not read here."),
    ),
    422: StatusText(
        "malformed",
        Text("输入格式有误", "Malformed input"),
        Text("输入不符合要求的格式。", "The input has not the form it must have."),
    ),
    429: StatusText(
        "too_many_requests", Text("请求过多", "Too many requests"), Text("请稍后再试。", "Try again a little later.")
    ),
    500: StatusText(
        "internal_error",
        Text("内部错误", "Internal error"),
        Text("服务内部出错，请凭追踪号联系运维。", "Something broke; the trace id helps to find it."),
    ),
    503: StatusText(
        "unavailable", Text("暂不可用", "Unavailable"), Text("服务暂不可用，请稍后再试。", "Not available for now.")
    ),
}


def status_text(status: int) -> StatusText:
    """Return code and texts of a status, those of its class where it has none of its own."""
    return STATUS.get(status) or STATUS[500 if status >= 500 else 400]  # noqa: PLR2004 - the border of the classes


MALFORMED_JSON = Text("请求体不是有效的 JSON。", "The body is not valid JSON.")

_FIELD: dict[str, Text] = {
    "missing": Text("缺少此项。", "This is missing."),
    "extra_forbidden": Text("含有未定义的项。", "It holds something that is not defined."),
    "string_type": Text("应为文本。", "This must be text."),
    "string_too_short": Text("至少 {min_length} 个字符。", "This needs at least {min_length} characters."),
    "string_too_long": Text("至多 {max_length} 个字符。", "This may have at most {max_length} characters."),
    "string_pattern_mismatch": Text("格式不符。", "This has not the form it must have."),
    "int_type": Text("应为整数。", "This must be a whole number."),
    "int_parsing": Text("应为整数。", "This must be a whole number."),
    "int_from_float": Text("应为整数。", "This must be a whole number."),
    "float_type": Text("应为数字。", "This must be a number."),
    "float_parsing": Text("应为数字。", "This must be a number."),
    "decimal_type": Text("应为十进制数。", "This must be a decimal number."),
    "decimal_parsing": Text("应为十进制数。", "This must be a decimal number."),
    "decimal_max_digits": Text("至多 {max_digits} 位数字。", "This may have at most {max_digits} digits."),
    "decimal_max_places": Text("至多 {decimal_places} 位小数。", "This may have at most {decimal_places} decimals."),
    "bool_type": Text("应为 true 或 false。", "This must be true or false."),
    "bool_parsing": Text("应为 true 或 false。", "This must be true or false."),
    "greater_than": Text("应大于 {gt}。", "This must be greater than {gt}."),
    "greater_than_equal": Text("不得小于 {ge}。", "This must be at least {ge}."),
    "less_than": Text("应小于 {lt}。", "This must be less than {lt}."),
    "less_than_equal": Text("不得大于 {le}。", "This must be at most {le}."),
    "too_short": Text("至少 {min_length} 项。", "This needs at least {min_length} items."),
    "too_long": Text("至多 {max_length} 项。", "This may have at most {max_length} items."),
    "enum": Text("不在允许的取值之内。", "This is not one of the values allowed."),
    "literal_error": Text("不在允许的取值之内。", "This is not one of the values allowed."),
    "list_type": Text("应为列表。", "This must be a list."),
    "dict_type": Text("应为对象。", "This must be an object."),
    "model_type": Text("应为对象。", "This must be an object."),
    "model_attributes_type": Text("应为对象。", "This must be an object."),
    "date_type": Text("应为日期。", "This must be a date."),
    "date_parsing": Text("应为日期（YYYY-MM-DD）。", "This must be a date, YYYY-MM-DD."),
    "date_from_datetime_parsing": Text("应为日期（YYYY-MM-DD）。", "This must be a date, YYYY-MM-DD."),
    "date_from_datetime_inexact": Text("应为日期，不含时刻。", "This must be a date without a time."),
    "datetime_type": Text("应为日期时间。", "This must be a date and time."),
    "datetime_parsing": Text("应为 ISO 8601 日期时间。", "This must be a date and time in ISO 8601."),
    "datetime_from_date_parsing": Text("应为 ISO 8601 日期时间。", "This must be a date and time in ISO 8601."),
    "timezone_aware": Text("应带时区偏移。", "This must carry its offset from UTC."),
    "uuid_type": Text("应为 UUID。", "This must be a UUID."),
    "uuid_parsing": Text("应为 UUID。", "This must be a UUID."),
    "url_parsing": Text("应为网址。", "This must be a URL."),
    "identity_document_number": Text(
        "证件号码有误：身份证 18 位，末位是校验码；其他证件 6 至 15 位字母和数字。",
        "Not a document's number: a resident card's has 18 places and a check digit, others 6 to 15.",
    ),
}

_ANY_FIELD = Text("此项无效。", "This is not valid.")


def field_text(kind: str, context: Mapping[str, Any]) -> Text:
    """Return what is wrong with a field by pydantic's kind of error; only bounds of ours are put into it.

    A validator of a service brings its own texts by raising ``PydanticCustomError(kind, "", {"zh": …, "en": …})``.
    """
    if isinstance(context.get("zh"), str) and isinstance(context.get("en"), str):
        return Text(context["zh"], context["en"])
    text = _FIELD.get(kind, _ANY_FIELD)
    try:
        return Text(text.zh.format_map(context), text.en.format_map(context))
    except KeyError:
        return _ANY_FIELD
