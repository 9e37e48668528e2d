"""Draws the posters of the demo world into kameng/demo_files/: `python tools/draw_posters.py`.

The pictures are in the repository, since not every machine has a Chinese font. All of it is drawn
here; the place of the QR code is in kameng/demo_support.py.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

TARGET = Path(__file__).resolve().parent.parent / "kameng" / "demo_files"
FONTS = Path("/usr/share/fonts/opentype/noto")
SIZE = (720, 1080)
Colour = tuple[int, int, int]


def font(size: int, *, is_bold: bool = True) -> ImageFont.FreeTypeFont:
    name = "NotoSansCJK-Bold.ttc" if is_bold else "NotoSansCJK-Regular.ttc"
    return ImageFont.truetype(FONTS / name, size, index=2)  # SC


def sheet(top: Colour, bottom: Colour) -> Image.Image:
    """A sheet whose colour runs from top to bottom."""
    picture = Image.new("RGB", SIZE)
    draw = ImageDraw.Draw(picture)
    for y in range(SIZE[1]):
        part = y / SIZE[1]
        mixed = tuple(round(a + (b - a) * part) for a, b in zip(top, bottom, strict=True))
        draw.line([(0, y), (SIZE[0], y)], fill=mixed)
    return picture


def title(draw: ImageDraw.ImageDraw, lines: tuple[str, ...], y: int, fill: Colour) -> None:
    for n, line in enumerate(lines):
        draw.text((60, y + n * 108), line, font=font(88), fill=fill)


def frame(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int]) -> None:
    """White around the place of the QR code."""
    left, top, right, bottom = box
    draw.rounded_rectangle((left - 16, top - 16, right + 16, bottom + 16), 20, fill="white")


def join() -> Image.Image:
    picture = sheet((20, 66, 104), (11, 34, 58))
    draw = ImageDraw.Draw(picture)
    for n, colour in enumerate(((38, 104, 150), (30, 88, 132), (24, 76, 117))):
        draw.polygon([(0, 560 + n * 90), (720, 380 + n * 90), (720, 1080), (0, 1080)], fill=colour)
    for n in range(5):  # a shelf of cards
        left = 60 + n * 44
        draw.rounded_rectangle(
            (left, 530 - n * 26, left + 250, 686 - n * 26),
            18,
            fill=(246, 190 - n * 14, 72 + n * 20),
        )
    draw.rounded_rectangle((270, 470, 330, 512), 8, fill=(255, 236, 190))
    title(draw, ("一手货源", "批发直供"), 96, (255, 255, 255))
    draw.text(
        (62, 330),
        "话费 · 游戏 · 视频会员 · 软件",
        font=font(34, is_bold=False),
        fill=(190, 219, 240),
    )
    draw.text((62, 770), "扫码成为代理", font=font(46), fill=(255, 214, 120))
    draw.text((62, 840), "免费加入，实名审核", font=font(30, is_bold=False), fill="white")
    draw.text((62, 888), "按成交商品结算佣金", font=font(30, is_bold=False), fill="white")
    frame(draw, (420, 740, 660, 1028))
    return picture


def topup() -> Image.Image:
    picture = sheet((250, 244, 232), (245, 225, 196))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((380, -160, 900, 360), fill=(214, 74, 44))
    draw.ellipse((470, -70, 810, 270), fill=(234, 108, 64))
    draw.rounded_rectangle((90, 470, 330, 900), 36, fill=(40, 42, 52))  # a phone
    draw.rounded_rectangle((106, 506, 314, 856), 14, fill=(255, 255, 255))
    draw.text((210, 580), "¥100", font=font(64), fill=(214, 74, 44), anchor="mm")
    draw.text((210, 650), "充值成功", font=font(34), fill=(30, 130, 76), anchor="mm")
    for n in range(3):
        draw.rounded_rectangle((132, 700 + n * 44, 288, 726 + n * 44), 8, fill=(236, 236, 240))
    title(draw, ("话费快充", "快速到账"), 180, (58, 32, 22))
    draw.text(
        (62, 396),
        "三网 10–500 元，失败自动退回余额",
        font=font(32, is_bold=False),
        fill=(98, 64, 46),
    )
    draw.text((420, 580), "批发价", font=font(60), fill=(214, 74, 44))
    draw.text((420, 660), "扫码申请", font=font(40), fill=(58, 32, 22))
    frame(draw, (410, 740, 650, 1028))
    draw.text((62, 968), "卡盟代理平台", font=font(30), fill=(98, 64, 46))
    return picture


def games() -> Image.Image:
    picture = sheet((44, 28, 92), (16, 12, 40))
    draw = ImageDraw.Draw(picture)
    for n in range(9):
        x, y = 430 + (n * 97) % 260, 30 + (n * 61) % 400
        draw.regular_polygon(
            (x, y, 10 + n % 4 * 6), 4, rotation=n * 20, fill=(92 + n * 10, 70, 190)
        )
    draw.rounded_rectangle((110, 470, 610, 700), 110, fill=(92, 70, 190))  # a game pad
    draw.rectangle((190, 560, 290, 592), fill=(230, 226, 255))
    draw.rectangle((224, 526, 256, 626), fill=(230, 226, 255))
    for n, (x, y) in enumerate(((470, 540), (530, 590), (410, 590), (470, 640))):
        draw.ellipse(
            (x - 24, y - 24, x + 24, y + 24),
            fill=((255, 196, 84), (96, 214, 170), (255, 120, 120), (120, 190, 255))[n],
        )
    title(draw, ("游戏点卡", "现货秒发"), 110, (255, 255, 255))
    draw.text(
        (62, 345),
        "Steam · 点券 · 会员，卡密自动发货",
        font=font(32, is_bold=False),
        fill=(200, 190, 240),
    )
    draw.text((62, 800), "开店即有货", font=font(50), fill=(255, 196, 84))
    draw.text((62, 876), "扫码申请代理", font=font(34), fill="white")
    draw.text(
        (62, 926), "分级批发价 · 对账清楚", font=font(28, is_bold=False), fill=(200, 190, 240)
    )
    frame(draw, (420, 760, 660, 1048))
    return picture


def paper() -> Image.Image:
    """A paper of the demo's applicants: it says that it is none."""
    picture = Image.new("RGB", (640, 400), (226, 234, 240))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((20, 20, 620, 380), 24, fill=(246, 249, 252), outline=(150, 170, 186))
    draw.rounded_rectangle((430, 70, 580, 270), 12, fill=(206, 218, 228))
    for n in range(5):
        draw.rounded_rectangle(
            (60, 80 + n * 44, 380 - n * 30, 100 + n * 44), 8, fill=(190, 204, 216)
        )
    draw.text((320, 335), "演示证件 · SPECIMEN", font=font(34), fill=(120, 140, 156), anchor="mm")
    return picture


def main() -> int:
    TARGET.mkdir(exist_ok=True)
    for name, draw in (("join", join), ("topup", topup), ("games", games), ("paper", paper)):
        draw().quantize(128).convert("P").save(TARGET / f"{name}.png", optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
