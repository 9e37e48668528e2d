"""Data for the style guide: believable, empty, faulty and overlong."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django import forms
from django.core.paginator import Paginator
from django.utils import timezone

from ui.widgets import PasswordInput, PhoneInput, SearchInput, SegmentedSelect, StepperInput

PARTS = ("shop", "data", "feedback", "forms", "errors")
LONG = (
    "中国移动全国通用话费直充（含携号转网用户，月初月末到账可能延迟，请核对号码后再付款）"
    " Nationwide prepaid top-up for ported numbers, delivery may be late at the turn of the month"
)
UNBROKEN = "XK7Q9-2MZPA-88TLC-V4RNE-66WQD-XK7Q9-2MZPA-88TLC-V4RNE-66WQD"


class SampleForm(forms.Form):
    phone = forms.CharField(label="充值号码 Phone number", widget=PhoneInput(large=True))
    username = forms.CharField(label="用户名 User name", help_text="手机号或用户名都可以登录。")
    password = forms.CharField(label="密码 Password", widget=PasswordInput(render_value=True))
    speed = forms.ChoiceField(
        label="到账速度 Speed",
        choices=[("fast", "快充 Fast"), ("slow", "慢充更省 Slow, cheaper")],
        widget=SegmentedSelect,
    )
    quantity = forms.IntegerField(
        label="数量 Quantity", min_value=1, max_value=500, widget=StepperInput
    )
    region = forms.ChoiceField(
        label="地区 Region", choices=[("", "请选择 Choose"), ("gd", "广东 Guangdong"), ("x", LONG)]
    )
    pay = forms.ChoiceField(
        label="付款方式 Payment",
        choices=[("wallet", "余额支付 Wallet"), ("alipay", "支付宝 Alipay"), ("long", LONG)],
        widget=forms.RadioSelect,
    )
    licence = forms.FileField(
        label="营业执照 Business licence",
        required=False,
        help_text="JPG、PNG 或 PDF，不超过 5 MB。",
    )
    note = forms.CharField(label="备注 Note", required=False, widget=forms.Textarea)
    query = forms.CharField(
        label="搜索 Search",
        required=False,
        widget=SearchInput(attrs={"placeholder": "订单号 / 充值号码 / 商品"}),
    )
    agree = forms.BooleanField(label="我已核对号码，同意《充值服务协议》 I have checked the number")


@dataclass(frozen=True, slots=True)
class Step:
    label: str
    state: str


@dataclass(frozen=True, slots=True)
class Happening:
    title: str
    at: dt.datetime
    tone: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    number: str
    product: str
    account: str
    total: Decimal
    status: str
    label: str
    at: dt.datetime


def _faulty_form() -> SampleForm:
    form = SampleForm(
        {
            "phone": "138 2650",
            "username": UNBROKEN * 2,
            "quantity": "900",
            "region": "",
            "speed": "slow",
        },
        auto_id="bad_%s",
    )
    form.add_error(None, "余额不足：还差 ¥12.50，没有扣款。Balance too low, nothing was charged.")
    form.add_error("phone", "手机号应为 11 位数字。A mobile number has 11 digits.")
    return form


def context() -> dict[str, object]:
    now = timezone.now()
    rows = [
        Row("K261124001", "中国移动 ¥100", "13826507719", Decimal("98.5"), "completed", "已完成",
            now),
        Row("K261124002", "Steam 钱包 ¥50", "", Decimal("47.2"), "fulfilling", "发货中", now),
        Row("K261123918", LONG, "18607553321", Decimal("1284096.4"), "failed", "失败，已退款",
            now - dt.timedelta(days=1)),
        Row("K261120007", "腾讯视频 月卡", "", Decimal("18"), "partially_completed", "部分完成",
            now - dt.timedelta(days=4)),
        Row("K251224001", "爱奇艺 年卡", "", Decimal("178"), "cancelled", "已取消",
            now - dt.timedelta(days=400)),
    ]  # fmt: skip
    spent = (4210, 4480, 4630, 4390, 5820, 6740, 6330, 4700, 4980, 5210, 5190, 6080, 7350, 9642)
    first = now - dt.timedelta(days=len(spent) - 1)
    return {
        "form": SampleForm(
            initial={"phone": "13826507719", "quantity": 2, "speed": "fast", "pay": "wallet"}
        ),
        "faulty_form": _faulty_form(),
        "long_text": LONG,
        "unbroken": UNBROKEN,
        "rows": rows,
        "page_obj": Paginator(range(214), 20).page(3),
        "steps": [Step("已付款", "done"), Step("充值中", "now"), Step("已到账", "todo")],
        "failed_steps": [
            Step("已付款 Paid", "done"),
            Step("充值失败 Top-up failed", "bad"),
            Step("已退款 Refunded", "done"),
        ],
        "timeline": [
            Happening("下单", now - dt.timedelta(minutes=3), "info"),
            Happening("已付款 ¥98.50", now - dt.timedelta(minutes=2), "ok"),
            Happening(LONG, now - dt.timedelta(minutes=1), "bad", "换下一个货源，你不用做任何事。"),
            Happening("充值中", now, "info", "一般 1–10 分钟到账。"),
        ],
        "points": [
            ((first + dt.timedelta(days=day)).strftime("%m-%d"), value)
            for day, value in enumerate(spent)
        ],
        "balance": Decimal("4286.35"),
        "huge": Decimal("-12845678.905"),
        "now": now,
        "agent_balance": Decimal("4286.35"),
        "faces": [
            (10, "9.99", "", False, False),
            (20, "19.95", "", False, False),
            (30, "29.85", "", False, False),
            (50, "49.60", "省 0.4", False, False),
            (100, "98.50", "省 1.5", True, False),
            (200, "196.80", "省 3.2", False, False),
            (300, "295.20", "", False, False),
            (500, "492.00", "省 8.0 Save 8.00 today", False, False),
            (1000, "", "", False, True),
        ],
    }
