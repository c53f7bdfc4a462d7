"""Draws the golden pages: Chinese identity cards, invoices and contracts with made-up data, and what stands on them.

    make_pages.py [FOLDER]        writes FOLDER/pages/*.jpg and FOLDER/manifest.jsonl; without FOLDER: examples/datasets/ocr

The same pages each time (the seed is fixed), with Debian's fonts-noto-cjk and fonts-wqy-zenhei. Every kind of page
comes sharp, blurred, tilted and in low resolution. manifest.jsonl has one object a page; `expected` are its lines from
top to bottom, and within a line its pieces from left to right with a space between them.
"""

import json
import random
import sys
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

FONTS = (("opentype/noto/NotoSansCJK-Regular.ttc", 2), ("opentype/noto/NotoSerifCJK-Regular.ttc", 2),
         ("truetype/wqy/wqy-zenhei.ttc", 0), ("opentype/noto/NotoSansCJK-Bold.ttc", 2))  # 2: simplified Chinese
VARIANTS = ("sharp", "blurred", "tilted", "low_resolution")
PAGES_OF_A_KIND = 6  # in each variant

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = ("伟", "秀英", "建国", "晓东", "丽华", "志强", "雨桐", "子涵", "海燕", "明哲", "淑珍", "俊杰", "思远", "文静")
NATIONS = ("汉", "回", "满", "苗", "壮", "蒙古")
CITIES = (("北京市", "海淀区", "110108"), ("上海市", "浦东新区", "310115"), ("广东省广州市", "天河区", "440106"),
          ("浙江省杭州市", "西湖区", "330106"), ("四川省成都市", "武侯区", "510107"), ("湖北省武汉市", "洪山区", "420111"))
ROADS = ("中山路", "人民大道", "学院路", "长江路", "解放街", "科技园南路", "文化巷")
TRADES = ("信息技术", "机械设备", "商贸", "建筑工程", "电子科技", "食品", "物流")
GOODS = ("办公用品", "笔记本电脑", "打印纸", "技术服务费", "运输服务", "钢材", "显示器", "会议桌", "咨询服务", "电缆", "水泥",
         "软件使用费", "维修材料", "键盘鼠标")
UNITS = ("台", "箱", "个", "套", "吨", "米", "次")
DIGITS, RANKS = "零壹贰叁肆伍陆柒捌玖", ("", "拾", "佰", "仟")


@dataclass
class Page:
    """A white page on which lines are written, and which remembers them."""

    width: int
    height: int
    font: tuple[str, int]
    rows: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.image = Image.new("L", (self.width, self.height), 246)
        self.draw = ImageDraw.Draw(self.image)

    def row(self, y: float, size: int, *pieces: tuple[float, str]) -> None:
        """Pieces from left to right, each at its own x."""
        path, index = self.font
        font = ImageFont.truetype(f"/usr/share/fonts/{path}", size, index=index)
        for x, text in pieces:
            self.draw.text((x, y), text, fill=28, font=font)
            assert x + font.getlength(text) <= self.width, text
        self.rows.append(" ".join(text for _, text in pieces))

    def lines(self, *boxes: tuple[float, float, float, float]) -> None:
        for box in boxes:
            self.draw.line(box, fill=120, width=1)


def name(rng: random.Random) -> str:
    return rng.choice(SURNAMES) + rng.choice(GIVEN)


def company(rng: random.Random, city: str) -> str:
    return city[-3:-1] + "".join(rng.sample("华鑫盛达恒信通源瑞丰", 2)) + rng.choice(TRADES) + "有限公司"


def identity_number(rng: random.Random, place: str, birthday: str) -> str:
    digits = f"{place}{birthday}{rng.randrange(1, 999):03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(w * int(d) for w, d in zip(weights, digits)) % 11]


def in_words(amount: int) -> str:
    """An amount below 100,000,000 in the characters of cheques: 10305 is 壹万零叁佰零伍."""
    def group(value: int) -> str:
        words, zero = "", False
        for rank in (3, 2, 1, 0):
            digit = value // 10 ** rank % 10
            if digit:
                words += ("零" if zero and words else "") + DIGITS[digit] + RANKS[rank]
            zero = digit == 0
        return words
    high, low = divmod(amount, 10_000)
    return (group(high) + "万" if high else "") + ("零" if high and 0 < low < 1000 else "") + group(low)


def identity_card(rng: random.Random, font: tuple[str, int]) -> Page:
    page = Page(640, 400, font)
    page.lines((6, 6, 634, 6), (634, 6, 634, 394), (634, 394, 6, 394), (6, 394, 6, 6))
    city, district, place = rng.choice(CITIES)
    year, month, day = rng.randrange(1955, 2004), rng.randrange(1, 13), rng.randrange(1, 29)
    page.row(40, 28, (50, "姓名"), (130, name(rng)))
    page.row(90, 26, (50, "性别"), (130, rng.choice("男女")), (230, "民族"), (310, rng.choice(NATIONS)))
    page.row(140, 26, (50, "出生"), (130, f"{year}年{month}月{day}日"))
    page.row(190, 26, (50, "住址"), (130, f"{city}{district}{rng.choice(ROADS)}"))
    page.row(228, 26, (130, f"{rng.randrange(1, 300)}号{rng.randrange(1, 30)}栋{rng.randrange(101, 2999)}室"))
    page.draw.rectangle((480, 60, 600, 210), outline=150, fill=225)
    number = identity_number(rng, place, f"{year}{month:02d}{day:02d}")
    page.row(325, 28, (50, "公民身份号码"), (260, number))
    return page


def invoice(rng: random.Random, font: tuple[str, int]) -> Page:
    page = Page(880, 560, font)
    city = rng.choice(CITIES)[0]
    page.row(20, 32, (300, "增值税电子普通发票"))
    page.row(70, 19, (40, f"发票代码：{rng.randrange(10**11, 10**12)}"), (520, f"发票号码：{rng.randrange(10**7, 10**8)}"))
    page.row(100, 19, (40, f"开票日期：{rng.randrange(2018, 2026)}年{rng.randrange(1, 13):02d}月{rng.randrange(1, 29):02d}日"),
             (520, f"机器编号：{rng.randrange(10**11, 10**12)}"))
    page.row(140, 19, (40, "购买方名称：" + company(rng, city)))
    page.row(170, 19, (40, f"纳税人识别号：91{rng.randrange(10**14, 10**15)}M"))
    page.row(210, 19, (60, "货物或应税劳务名称"), (340, "单位"), (430, "数量"), (530, "单价"), (650, "金额"), (780, "税率"))
    total, y = 0, 245
    for goods in rng.sample(GOODS, rng.randrange(3, 6)):
        count, price, rate = rng.randrange(2, 60), rng.randrange(15, 2000), rng.choice((3, 6, 9, 13))
        total += count * price
        page.row(y, 19, (60, goods), (340, rng.choice(UNITS)), (430, str(count)), (530, f"{price}.00"),
                 (650, f"{count * price}.00"), (780, f"{rate}%"))
        y += 32
    page.row(y + 10, 20, (40, "价税合计（大写）"), (260, in_words(total) + "元整"), (600, f"（小写）¥{total}.00"))
    page.row(y + 50, 19, (40, "销售方名称：" + company(rng, rng.choice(CITIES)[0])))
    page.row(y + 82, 19, (40, f"开户行及账号：中国工商银行{city[-3:-1]}分行 {rng.randrange(10**11, 10**12)}"))
    page.row(y + 120, 19, (40, "收款人：" + name(rng)), (330, "复核：" + name(rng)), (600, "开票人：" + name(rng)))
    page.lines((30, 130, 850, 130), (30, 200, 850, 200), (30, 238, 850, 238), (30, y + 2, 850, y + 2),
               (30, y + 42, 850, y + 42), (30, 130, 30, y + 112), (850, 130, 850, y + 112), (30, y + 112, 850, y + 112))
    return page


CLAUSES = (
    "甲方应于本合同签订之日起{n}日内向乙方支付合同总价款的百分之{p}作为预付款，余款在货物验收合格后一次性付清。",
    "乙方保证所提供的货物为全新未使用的合格产品，质量保证期为{n}个月，自验收合格之日起计算。",
    "任何一方未履行本合同约定义务的，应当向守约方支付合同总价款百分之{p}的违约金，并赔偿由此造成的损失。",
    "因不可抗力导致合同无法履行的，受影响的一方应在{n}日内书面通知对方，并提供有关证明文件。",
    "本合同履行过程中发生的争议，双方应协商解决；协商不成的，可向{city}有管辖权的人民法院提起诉讼。",
    "乙方应按照甲方要求的时间和地点交付货物，运输费用及保险费由乙方承担，逾期每日按千分之{p}支付违约金。",
    "双方对在合作过程中知悉的商业秘密负有保密义务，未经对方书面同意不得向第三方披露，保密期限为{n}年。",
    "本合同一式肆份，甲乙双方各执贰份，自双方签字盖章之日起生效，具有同等法律效力。",
)


def contract(rng: random.Random, font: tuple[str, int]) -> Page:
    page = Page(680, 900, font)
    city = rng.choice(CITIES)[0]
    page.row(36, 34, (rng.randrange(220, 260), rng.choice(("货物买卖合同", "技术服务合同", "设备租赁合同"))))
    page.row(100, 20, (56, f"合同编号：HT-{rng.randrange(2019, 2026)}-{rng.randrange(1000, 9999)}"))
    page.row(136, 20, (56, "甲方：" + company(rng, city)))
    page.row(168, 20, (56, "乙方：" + company(rng, rng.choice(CITIES)[0])))
    y = 212
    for number, clause in enumerate(rng.sample(CLAUSES[:-1], 4) + [CLAUSES[-1]]):
        text = clause.format(n=rng.randrange(3, 37), p=rng.randrange(2, 40), city=city)
        text = f"第{'一二三四五'[number]}条 {text}"
        first = True
        while text:
            room, text = (26, text) if first else (28, text)
            page.row(y, 20, (96 if first else 56, text[:room]))
            text, first, y = text[room:], False, y + 33
        y += 12
    page.row(y + 16, 20, (56, "甲方代表：" + name(rng)), (380, "乙方代表：" + name(rng)))
    date = f"{rng.randrange(2019, 2026)}年{rng.randrange(1, 13)}月{rng.randrange(1, 29)}日"
    page.row(y + 54, 20, (56, "签订日期：" + date), (380, "签订地点：" + city))
    assert y + 80 < page.height
    return page


def spoil(image: Image.Image, variant: str, rng: random.Random) -> Image.Image:
    """What a camera or a bad scan does to a page."""
    if variant == "blurred":
        return image.filter(ImageFilter.GaussianBlur(rng.uniform(1.0, 1.7)))
    if variant == "tilted":
        angle = rng.uniform(1.5, 6) * rng.choice((-1, 1))
        return image.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=205)
    if variant == "low_resolution":
        share = rng.uniform(0.46, 0.58)
        return image.resize((round(image.width * share), round(image.height * share)), Image.Resampling.BILINEAR)
    return image


KINDS = {"identity_card": identity_card, "invoice": invoice, "contract": contract}


def main(folder: Path) -> None:
    (folder / "pages").mkdir(parents=True, exist_ok=True)
    manifest = []
    for kind, draw in KINDS.items():
        for number in range(PAGES_OF_A_KIND * len(VARIANTS)):
            rng = random.Random(f"{kind} {number}")
            variant = VARIANTS[number % len(VARIANTS)]
            page = draw(rng, FONTS[number // len(VARIANTS) % len(FONTS)])
            file = f"pages/{kind}_{number + 1:02d}.jpg"
            spoil(page.image, variant, rng).save(folder / file, quality=50 if variant == "sharp" else 60)
            manifest.append({"file": file, "expected": "\n".join(page.rows), "category": kind, "variant": variant,
                             "weight": 1})
    text = "".join(json.dumps(page, ensure_ascii=False) + "\n" for page in manifest)
    (folder / "manifest.jsonl").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2] / "examples/datasets/ocr"))
