"""The demo world's marketing material, announcements, invite links, and people who want to join."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from kameng.documents import REQUIRED
from kameng.identity import LegalPerson
from kameng.models import (
    Agent,
    Announcement,
    Application,
    Importance,
    InviteLink,
    LegalKind,
    Poster,
    PromoText,
    Tier,
)
from kameng.services.applications import apply
from kameng.services.invites import Invitation, LinkRules, count_visit, create_link
from kameng.services.papers import keep_document
from users.models import User

_FILES = Path(__file__).parent / "demo_files"
# Title, in English, file, and the place of the QR code: drawn by tools/draw_posters.py.
_POSTERS = (
    ("一手货源", "Goods at the source", "join.png", 420, 740),
    ("话费快充", "Phone top-up", "topup.png", 410, 740),
    ("游戏点卡", "Game cards", "games.png", 420, 760),
)
_QR_SIZE = 240
_TEXTS = (
    (
        "朋友圈文案",
        "For a friends' circle",
        "话费、游戏点卡、视频会员，一手批发价，卡密秒发、充值失败自动退款。"
        "免费申请代理，点开链接就能填：{link} 邀请码 {code}",
        "Phone top-up, game cards, video memberships at wholesale prices; codes at once, and what"
        " fails comes back by itself. Apply for free: {link} (code {code})",
    ),
    (
        "微信群文案",
        "For a group chat",
        "【招代理】正规货源，分级批发价，对账清楚，随时提现。\n申请：{link}\n邀请码：{code}",
        "Agents wanted: proper goods, wholesale prices by tier, clear statements.\n"
        "Apply: {link}\nInvite code: {code}",
    ),
    (
        "短信文案",
        "For a text message",
        "您好，我是卡盟代理，邀请您开通批发账户，申请免费：{link}",
        "Hello, I trade at Kameng and invite you to open a wholesale account for free: {link}",
    ),
)


def load_support() -> None:
    """Load what is missing; what is there already stays as it is."""
    _load_material()
    _load_announcements()
    _load_invitations()


def _load_material() -> None:
    if not Poster.objects.exists():
        for position, (title, title_en, name, left, top) in enumerate(_POSTERS):
            poster = Poster(
                title=title,
                title_en=title_en,
                qr_left=left,
                qr_top=top,
                qr_size=_QR_SIZE,
                position=position,
            )
            poster.image.save(name, ContentFile((_FILES / name).read_bytes()))
    if not PromoText.objects.exists():
        for position, (title, title_en, body, body_en) in enumerate(_TEXTS):
            PromoText.objects.create(
                title=title, title_en=title_en, body=body, body_en=body_en, position=position
            )


def _load_announcements() -> None:
    if Announcement.objects.exists():
        return
    now = timezone.now()
    for_masters = Announcement.objects.create(
        title="总代月度对账单已开放",
        title_en="Monthly statements for master agents are open",
        body="总代可以在“资金”页面按月下载对账单，支持 CSV 和 Excel。",
        body_en="Master agents can download monthly statements as CSV or Excel from Funds.",
        shown_from=now - timedelta(days=3),
    )
    for_masters.tiers.set(Tier.objects.filter(rank=0))
    Announcement.objects.create(
        title="谨防冒充客服索要卡密",
        title_en="Nobody of ours asks for card codes",
        body="平台客服不会以任何理由向您索要卡密、密码或验证码。\n"
        "收到类似请求请立即停止操作，并在“通知”页面核对。发出的卡密无法追回。",
        body_en="Our service never asks for card codes, passwords or one-time codes.\n"
        "Stop at once if somebody does. A code that was handed over can't be taken back.",
        importance=Importance.IMPORTANT,
        is_pinned=True,
        shown_from=now - timedelta(days=1),
    )
    Announcement.objects.create(
        title="本周新上架：电子书与软件授权",
        title_en="New this week: e-books and software keys",
        body="新增电子书会员和常用软件授权码，库存充足，自动发货。",
        body_en="E-book memberships and keys of common software: in stock, delivered at once.",
        shown_from=now - timedelta(hours=5),
        shown_until=now + timedelta(days=30),
    )


def _load_invitations() -> None:
    master = Agent.objects.filter(user__username="zongdai").first()
    if master is None or InviteLink.objects.filter(agent=master).exists():
        return
    fair = create_link(
        agent=master,
        rules=LinkRules(
            name="十一月展会",
            tier=Tier.objects.get(code="level1"),
            expires_on=timezone.localdate() + timedelta(days=20),
            max_uses=50,
        ),
    )
    create_link(agent=master, rules=LinkRules(name="微信群"))
    for _ in range(14):
        count_visit(Invitation(master, fair))
    for _ in range(9):
        count_visit(Invitation(master))
    person = LegalPerson(LegalKind.PERSON, "林小燕", "449900199203150026", "13900000021")
    company = LegalPerson(
        LegalKind.COMPANY, "东莞市点卡通网络有限公司", "91449900MA5KM00052", "13900000022"
    )
    _apply("linxiaoyan", person, Invitation(master))
    _apply("diankatong", company, Invitation(master, fair))


def _apply(username: str, legal: LegalPerson, invitation: Invitation) -> None:
    """Somebody waits for staff; the papers are pictures of nothing."""
    user, _ = User.objects.get_or_create(username=username, defaults={"phone": legal.phone})
    if Application.objects.filter(user=user).exists() or Agent.objects.filter(user=user).exists():
        return
    picture = (_FILES / "paper.png").read_bytes()
    papers = {
        kind: keep_document(
            owner=user,
            kind=kind,
            upload=SimpleUploadedFile("paper.png", picture + f"{username} {n}".encode()),
        )
        for n, kind in enumerate(REQUIRED[legal.kind], start=1)
    }
    apply(user=user, invitation=invitation, tier=None, legal=legal, documents=papers)
