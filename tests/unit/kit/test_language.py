"""The language of an answer."""

import pytest
from starlette.requests import Request

from services.kit.http import language


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "zh"),
        ("", "zh"),
        ("*", "zh"),
        ("fr", "zh"),
        ("zh-CN", "zh"),
        ("en", "en"),
        ("EN-gb", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,en;q=0.9,zh;q=0.8", "en"),
        ("en;q=0.5, zh;q=0.6", "zh"),
        ("en;q=0", "zh"),
        ("en;q=rubbish", "zh"),
        ("fr;q=1,en;q=0.1", "en"),
    ],
)
def test_english_is_spoken_only_where_it_comes_before_chinese(header, expected):
    headers = [] if header is None else [(b"accept-language", header.encode())]
    assert language(Request({"type": "http", "headers": headers})) == expected
