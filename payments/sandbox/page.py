"""The page on which a person chooses, in Chinese and English; it loads nothing from elsewhere."""

from __future__ import annotations

import sqlite3
from html import escape
from pathlib import Path
from string import Template
from types import SimpleNamespace

from payments.sandbox.accounts import MERCHANT_NAME

LAYOUT = Template((Path(__file__).parent / "page.html").read_text(encoding="utf-8"))
LATE_SECONDS = (10, 60, 1200)
AFTER_EXPIRY = "after_expiry"

CHINESE = SimpleNamespace(
    html_lang="zh-Hans",
    other_lang="en",
    other_language="English",
    cashier="演示收银台",
    merchant_name=MERCHANT_NAME,
    sandbox="这是演示收银台，不会真的扣款。请选择要模拟的结果。",
    due="需支付",
    merchant="商户",
    subject="商品",
    number="支付单号",
    choose="选择支付结果",
    pay="支付成功",
    pay_hint="钱已付，商户马上收到通知",
    fail="支付失败",
    fail_hint="没有扣款，之后还可以再付",
    twice="重复支付",
    twice_hint="付了两次，商户收到两笔不同的交易",
    late="延迟支付",
    late_hint="先回到商户，等一段时间钱才到账",
    delay="到账时间",
    after=lambda seconds: f"{seconds} 秒后" if seconds < 60 else f"{seconds // 60} 分钟后",
    after_expiry="订单过期后",
    back="返回商户",
    states={
        "paid": ("这笔订单已支付", "无需再次付款。到账结果以商户页面为准。"),
        "paying": ("支付正在处理", "无需再次付款。到账后商户会收到通知。"),
        "closed": ("这笔订单已关闭", "已超过付款时限，没有扣款。请回到商户重新下单。"),
        "unknown": ("没有找到这笔支付", "链接可能不完整。没有扣款，请回到商户重新进入。"),
        "invalid": ("没有看懂这次选择", "没有扣款。请返回上一页，再选一次。"),
    },
)
ENGLISH = SimpleNamespace(
    html_lang="en",
    other_lang="zh",
    other_language="中文",
    cashier="Demo cashier",
    merchant_name=f"Kalegou ({MERCHANT_NAME})",
    sandbox="This is a demo cashier: no real money is taken. Choose what should happen.",
    due="To pay",
    merchant="Merchant",
    subject="For",
    number="Payment number",
    choose="Choose what happens",
    pay="Pay",
    pay_hint="You have paid; the merchant is told at once",
    fail="Fail",
    fail_hint="Nothing is taken; you can try again",
    twice="Pay twice",
    twice_hint="You pay two times; the merchant is told of two trades",
    late="Pay late",
    late_hint="You go back first; the money arrives later",
    delay="Arrives",
    after=lambda seconds: f"after {seconds} s" if seconds < 60 else f"after {seconds // 60} min",
    after_expiry="after the order expired",
    back="Back to the merchant",
    states={
        "paid": ("This payment is done", "Don't pay again. The merchant's page shows the result."),
        "paying": ("The payment is on its way", "Don't pay again. The merchant will be told."),
        "closed": (
            "This payment is closed",
            "The time to pay is over and nothing was taken. Please order again.",
        ),
        "unknown": (
            "There is no such payment",
            "The link may be incomplete. Nothing was taken; go back to the merchant.",
        ),
        "invalid": (
            "That choice wasn't understood",
            "Nothing was taken. Go back and choose again.",
        ),
    },
)


def words_for(asked: str, stored: str, accepted: str) -> SimpleNamespace:
    """The first language that somebody named: the link, the shop, the browser."""
    for named in (asked, stored, accepted.partition(",")[0]):
        if named.lower().startswith("zh"):
            return CHINESE
        if named.lower().startswith("en"):
            return ENGLISH
    return CHINESE


def choice_page(payment: sqlite3.Row, words: SimpleNamespace, *, is_once: bool) -> str:
    """What a person can choose; `is_once`: this gateway never takes the same payment twice."""
    delays = "".join(
        f'<option value="{seconds}">{words.after(seconds)}</option>' for seconds in LATE_SECONDS
    )
    buttons = "".join(
        f'<div><button {kind} name="action" value="{action}">{getattr(words, action)}</button>'
        f'<p class="hint">{getattr(words, action + "_hint")}</p></div>'
        for action, kind in (("pay", 'class="primary"'), ("fail", ""), ("twice", ""))
        if not (is_once and action == "twice")
    )
    content = f"""
<p class="notice">{words.sandbox}</p>
<section class="card due"><p>{words.due}</p>
<h1><small>¥</small>{escape(payment["amount"])}</h1>{_details(payment, words)}</section>
<h2>{words.choose}</h2>
<form method="post" class="choices">{buttons}
<div class="late"><label><span>{words.delay}</span><select name="delay">
<option value="{AFTER_EXPIRY}" selected>{words.after_expiry}</option>{delays}</select></label>
<button name="action" value="late">{words.late}</button><p class="hint">{words.late_hint}</p></div>
</form>"""
    return _page(words, words.due, content)


def state_page(state: str, payment: sqlite3.Row | None, words: SimpleNamespace) -> str:
    """Why nothing can be paid here (any more), and the way back."""
    title, text = words.states[state]
    mark = '<path d="M20 6 9 17l-5-5"/>' if state == "paid" else '<path d="M12 7v6m0 4v.01"/>'
    rest = ""
    if payment is not None:
        url = escape(payment["return_url"])
        back = f'<a class="back primary" href="{url}">{words.back}</a>' if url else ""
        rest = back + _details(payment, words)
    content = f"""
<section class="card state"><svg viewBox="0 0 24 24" fill="none" stroke="currentColor"
stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{mark}</svg>
<h1>{title}</h1><p>{text}</p>{rest}</section>"""
    return _page(words, title, content)


def _details(payment: sqlite3.Row, words: SimpleNamespace) -> str:
    rows = (
        (words.merchant, words.merchant_name),
        (words.subject, payment["subject"]),
        (words.number, payment["payment_no"]),
    )
    items = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in rows)
    return f"<dl>{items}</dl>"


def _page(words: SimpleNamespace, title: str, content: str) -> str:
    return LAYOUT.substitute(
        html_lang=words.html_lang,
        other_lang=words.other_lang,
        other_language=words.other_language,
        cashier=words.cashier,
        title=title,
        content=content,
    )
