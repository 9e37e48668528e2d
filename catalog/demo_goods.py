"""The goods of the demo world, as a table. Prices in yuan; `catalog/demo.py` loads them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoCategory:
    code: str
    name: str
    name_en: str
    icon: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class DemoSKU:
    """`stock` is the number of cards to make; `ref` the supplier's product of a direct top-up."""

    code: str
    name: str
    name_en: str
    face: str
    price: str
    stock: int = 300
    ref: str = ""


@dataclass(frozen=True, slots=True)
class DemoProduct:
    code: str
    category: str
    brand: str
    name: str
    name_en: str
    icon: str
    tone: str
    summary: str
    summary_en: str
    skus: tuple[DemoSKU, ...]
    account: str = ""  # which account fields a direct top-up asks for; cards ask for none
    is_official: bool = False
    is_on_sale: bool = True
    expires: bool = False  # its cards carry an expiry date


CATEGORIES = (
    DemoCategory("phone", "话费充值", "Phone top-up", "smartphone"),
    DemoCategory("game", "游戏", "Games", "gamepad-2"),
    DemoCategory("game-card", "游戏点卡", "Game cards", "joystick", "game"),
    DemoCategory("game-topup", "游戏直充", "Game top-up", "swords", "game"),
    DemoCategory("video", "视频会员", "Video", "tv"),
    DemoCategory("music", "音乐会员", "Music", "music"),
    DemoCategory("audio", "有声听书", "Audiobooks", "headphones"),
    DemoCategory("ebook", "电子书", "E-books", "book-open"),
    DemoCategory("software", "软件激活", "Software keys", "key-round"),
    DemoCategory("food", "餐饮美食", "Food vouchers", "utensils"),
    DemoCategory("drink", "咖啡茶饮", "Coffee and tea", "cup-soda"),
    DemoCategory("gift", "礼品卡", "Gift cards", "gift"),
    DemoCategory("cloud", "网盘存储", "Cloud storage", "cloud"),
    DemoCategory("travel", "交通出行", "Transport", "car"),
    DemoCategory("education", "教育学习", "Education", "graduation-cap"),
    DemoCategory("cinema", "电影演出", "Cinema", "ticket"),
    DemoCategory("fresh", "商超生鲜", "Groceries", "shopping-bag"),
)

# A table: one SKU a line.
# fmt: off
PRODUCTS = (
    DemoProduct(
        "steam", "game-card", "Steam", "Steam 钱包充值卡", "Steam wallet card", "gamepad-2",
        "indigo", "国区钱包充值码，秒发卡密",
        "Wallet code for the China store, delivered at once",
        (
            DemoSKU("steam-50", "50元", "¥50", "50", "49.80"),
            DemoSKU("steam-100", "100元", "¥100", "100", "99.50", 600),
            DemoSKU("steam-200", "200元", "¥200", "200", "199.00"),
            DemoSKU("steam-500", "500元", "¥500", "500", "497.00", 8),
        ),
    ),
    DemoProduct(
        "shengqu", "game-card", "盛趣游戏", "盛趣游戏一卡通", "Shengqu game card", "joystick",
        "amber", "热血传奇、龙之谷等全线游戏通用", "For all Shengqu games",
        (
            DemoSKU("shengqu-30", "30元", "¥30", "30", "29.70"),
            DemoSKU("shengqu-100", "100元", "¥100", "100", "98.80"),
        ),
        is_official=True,
    ),
    DemoProduct(
        "wanmei", "game-card", "完美世界", "完美世界一卡通", "Perfect World card", "crown",
        "violet", "诛仙、完美世界端游点数", "Points for Perfect World games",
        (
            DemoSKU("wanmei-50", "50元", "¥50", "50", "49.40"),
            DemoSKU("wanmei-100", "100元", "¥100", "100", "98.60"),
        ),
    ),
    DemoProduct(
        "psn", "game-card", "PlayStation", "PlayStation 港服礼品卡",
        "PlayStation Store card (HK)", "joystick", "blue", "港服账号适用，不可退换",
        "For Hong Kong accounts, no returns",
        (
            DemoSKU("psn-hk-200", "200港币", "HK$200", "185", "189.00", 60),
        ),
        is_on_sale=False,
    ),
    DemoProduct(
        "qcoin", "game-topup", "腾讯", "Q币直充", "Q coins", "sparkles", "sky",
        "输入QQ号，1–3分钟到账", "Enter the QQ number; credited in 1–3 minutes",
        (
            DemoSKU("qcoin-10", "10个", "10 coins", "10", "9.95", ref="10000008"),
            DemoSKU("qcoin-100", "100个", "100 coins", "100", "99.00", ref="10000009"),
        ),
        account="qq",
    ),
    DemoProduct(
        "wangzhe", "game-topup", "腾讯", "王者荣耀点券", "Honor of Kings tokens", "swords",
        "amber", "QQ区、微信区均可，填写QQ号或绑定手机", "Both QQ and WeChat servers",
        (
            DemoSKU("wangzhe-60", "60点券", "60 tokens", "6", "6.00", ref="10000010"),
        ),
        account="qq",
    ),
    DemoProduct(
        "yuanshen", "game-topup", "米哈游", "原神创世结晶", "Genshin crystals", "sparkles",
        "teal", "填写UID和服务器，5分钟内到账", "Enter UID and server; credited in 5 minutes",
        (
            DemoSKU("yuanshen-300", "300结晶", "300 crystals", "30", "29.80", ref="10000011"),
        ),
        account="uid",
    ),
    DemoProduct(
        "tencent-video", "video", "腾讯", "腾讯视频VIP会员", "Tencent Video VIP", "clapperboard",
        "orange", "手机号直充，官方正品", "Charged to a mobile number",
        (
            DemoSKU("tencent-video-month", "月卡", "1 month", "30", "28.50", ref="10000001"),
        ),
        account="phone", is_official=True,
    ),
    DemoProduct(
        "iqiyi", "video", "爱奇艺", "爱奇艺黄金会员", "iQIYI Gold", "tv", "green",
        "手机号直充，支持手机、电脑、平板", "Phone, computer and tablet",
        (
            DemoSKU("iqiyi-month", "月卡", "1 month", "30", "27.80", ref="10000002"),
        ),
        account="phone", is_official=True,
    ),
    DemoProduct(
        "youku", "video", "优酷", "优酷VIP会员", "Youku VIP", "popcorn", "sky", "手机号直充",
        "Charged to a mobile number",
        (
            DemoSKU("youku-month", "月卡", "1 month", "30", "26.50", ref="10000003"),
        ),
        account="phone",
    ),
    DemoProduct(
        "bilibili", "video", "哔哩哔哩", "哔哩哔哩大会员", "Bilibili Premium", "tv", "pink",
        "手机号直充", "Charged to a mobile number",
        (
            DemoSKU("bilibili-month", "月卡", "1 month", "25", "23.90", ref="10000004"),
        ),
        account="phone",
    ),
    DemoProduct(
        "mgtv", "video", "芒果TV", "芒果TV会员", "Mango TV membership", "tv", "amber",
        "手机号直充", "Charged to a mobile number",
        (
            DemoSKU("mgtv-month", "月卡", "1 month", "25", "22.80", ref="10000005"),
        ),
        account="phone",
    ),
    DemoProduct(
        "tencent-video-code", "video", "腾讯", "腾讯视频VIP兑换码", "Tencent Video VIP code",
        "clapperboard", "orange", "自用送礼皆可，官网兑换", "Redeem on the official site",
        (
            DemoSKU("tencent-video-quarter", "季卡", "3 months", "68", "64.00"),
            DemoSKU("tencent-video-year", "年卡", "12 months", "253", "228.00", 120),
        ),
        expires=True,
    ),
    DemoProduct(
        "qq-music", "music", "腾讯", "QQ音乐豪华绿钻", "QQ Music Green Diamond", "music", "green",
        "手机号直充", "Charged to a mobile number",
        (
            DemoSKU("qq-music-month", "月卡", "1 month", "18", "16.80", ref="10000006"),
        ),
        account="phone",
    ),
    DemoProduct(
        "netease-music", "music", "网易", "网易云音乐黑胶VIP", "NetEase Cloud Music VIP",
        "disc-3", "red", "手机号直充", "Charged to a mobile number",
        (
            DemoSKU("netease-music-month", "月卡", "1 month", "18", "16.50", ref="10000007"),
        ),
        account="phone",
    ),
    DemoProduct(
        "kugou", "music", "酷狗", "酷狗音乐豪华VIP兑换码", "Kugou Music VIP code", "mic", "blue",
        "APP内兑换", "Redeem in the app",
        (
            DemoSKU("kugou-quarter", "季卡", "3 months", "45", "39.90"),
        ),
        expires=True,
    ),
    DemoProduct(
        "ximalaya", "audio", "喜马拉雅", "喜马拉雅会员兑换码", "Ximalaya membership code",
        "headphones", "orange", "海量有声书、课程畅听", "Audiobooks and courses",
        (
            DemoSKU("ximalaya-month", "月卡", "1 month", "25", "21.80"),
            DemoSKU("ximalaya-year", "年卡", "12 months", "218", "188.00", 5),
        ),
    ),
    DemoProduct(
        "lanren", "audio", "懒人听书", "懒人听书VIP兑换码", "Lanren Audiobooks code",
        "audio-lines", "teal", "APP内兑换", "Redeem in the app",
        (
            DemoSKU("lanren-quarter", "季卡", "3 months", "40", "34.90", 200),
        ),
    ),
    DemoProduct(
        "weread", "ebook", "腾讯", "微信读书无限卡", "WeRead unlimited", "book-open", "blue",
        "手机号直充，30天畅读", "30 days of unlimited reading",
        (
            DemoSKU("weread-month", "月卡", "1 month", "19", "17.80", ref="10000013"),
        ),
        account="phone",
    ),
    DemoProduct(
        "zhangyue", "ebook", "掌阅", "掌阅VIP兑换码", "iReader VIP code", "library", "red",
        "掌阅精选书库免费读", "The iReader library",
        (
            DemoSKU("zhangyue-month", "月卡", "1 month", "15", "13.50"),
            DemoSKU("zhangyue-year", "年卡", "12 months", "148", "128.00", 150),
        ),
    ),
    DemoProduct(
        "windows", "software", "Microsoft", "Windows 11 激活码", "Windows 11 key", "monitor",
        "sky", "一机一码，在线激活，终身有效", "One PC, activated online",
        (
            DemoSKU("windows-11-home", "家庭版", "Home", "1088", "268.00", 80),
            DemoSKU("windows-11-pro", "专业版", "Pro", "1817", "328.00", 40),
        ),
    ),
    DemoProduct(
        "office", "software", "Microsoft", "Microsoft 365 个人版", "Microsoft 365 Personal",
        "briefcase", "red", "官网兑换，五设备同时用", "Five devices, redeem online",
        (
            DemoSKU("office-365-year", "年卡", "12 months", "398", "279.00", 100),
        ),
    ),
    DemoProduct(
        "wps", "software", "金山", "WPS 超级会员兑换码", "WPS membership code", "file-text",
        "red", "去广告、云空间、PDF 转换", "No ads, cloud space, PDF tools",
        (
            DemoSKU("wps-month", "月卡", "1 month", "30", "25.80"),
            DemoSKU("wps-year", "年卡", "12 months", "179", "148.00"),
        ),
    ),
    DemoProduct(
        "kaspersky", "software", "卡巴斯基", "卡巴斯基安全软件", "Kaspersky key", "shield",
        "teal", "一年一设备", "One device, one year",
        (
            DemoSKU("kaspersky-year", "一年版", "12 months", "99", "68.00", 3),
        ),
    ),
    DemoProduct(
        "kfc", "food", "肯德基", "肯德基代金券", "KFC voucher", "utensils", "red",
        "全国门店通用，出示券码核销", "All restaurants in China",
        (
            DemoSKU("kfc-50", "50元", "¥50", "50", "46.50"),
            DemoSKU("kfc-100", "100元", "¥100", "100", "92.00"),
        ),
        expires=True,
    ),
    DemoProduct(
        "mcdonalds", "food", "麦当劳", "麦当劳代金券", "McDonald's voucher", "utensils", "amber",
        "APP 或小程序点餐可用", "For orders in the app",
        (
            DemoSKU("mcdonalds-30", "30元", "¥30", "30", "27.60", 400),
        ),
        expires=True,
    ),
    DemoProduct(
        "pizzahut", "food", "必胜客", "必胜客代金券", "Pizza Hut voucher", "pizza", "red",
        "堂食外送通用", "Restaurant and delivery",
        (
            DemoSKU("pizzahut-100", "100元", "¥100", "100", "91.00"),
        ),
        expires=True,
    ),
    DemoProduct(
        "starbucks", "drink", "星巴克", "星巴克中杯饮品券", "Starbucks tall drink", "coffee",
        "green", "门店出示券码，任选一杯", "Any tall drink",
        (
            DemoSKU("starbucks-tall", "中杯", "Tall", "32", "28.80", 500),
        ),
        expires=True,
    ),
    DemoProduct(
        "luckin", "drink", "瑞幸", "瑞幸咖啡饮品券", "Luckin Coffee drink", "coffee", "blue",
        "小程序下单可用", "For orders in the mini-program",
        (
            DemoSKU("luckin-29", "29元饮品", "¥29 drink", "29", "12.90", 500),
        ),
        expires=True,
    ),
    DemoProduct(
        "heytea", "drink", "喜茶", "喜茶电子券", "HEYTEA voucher", "cup-soda", "neutral",
        "全国门店通用", "All shops",
        (
            DemoSKU("heytea-30", "30元", "¥30", "30", "26.90", 0),
        ),
        expires=True,
    ),
    DemoProduct(
        "jd", "gift", "京东", "京东E卡", "JD e-card", "gift", "red", "京东自营商品可用，三年有效",
        "For JD's own goods, good for 3 years",
        (
            DemoSKU("jd-100", "100元", "¥100", "100", "99.80", 500),
            DemoSKU("jd-200", "200元", "¥200", "200", "199.50"),
            DemoSKU("jd-500", "500元", "¥500", "500", "498.50", 100),
            DemoSKU("jd-1000", "1000元", "¥1,000", "1000", "996.00", 40),
        ),
        is_official=True, expires=True,
    ),
    DemoProduct(
        "tmall", "gift", "天猫", "天猫超市卡", "Tmall supermarket card", "shopping-bag", "red",
        "天猫超市通用", "For Tmall supermarket",
        (
            DemoSKU("tmall-50", "50元", "¥50", "50", "49.80"),
            DemoSKU("tmall-100", "100元", "¥100", "100", "99.50"),
        ),
    ),
    DemoProduct(
        "apple", "gift", "Apple", "App Store 充值卡", "App Store gift card", "apple", "neutral",
        "中国区 Apple 账户余额", "For Apple accounts of China mainland",
        (
            DemoSKU("apple-100", "100元", "¥100", "100", "99.80"),
            DemoSKU("apple-500", "500元", "¥500", "500", "498.00", 60),
        ),
        is_official=True,
    ),
    DemoProduct(
        "baidu-pan", "cloud", "百度", "百度网盘超级会员", "Baidu Netdisk membership",
        "hard-drive", "sky", "5T 空间，极速下载", "5 TB and fast downloads",
        (
            DemoSKU("baidu-pan-month", "月卡", "1 month", "30", "26.80"),
            DemoSKU("baidu-pan-year", "年卡", "12 months", "298", "258.00"),
        ),
    ),
    DemoProduct(
        "aliyun-pan", "cloud", "阿里", "阿里云盘会员", "Alibaba Cloud Drive", "cloud", "violet",
        "8T 空间", "8 TB",
        (
            DemoSKU("aliyun-pan-month", "月卡", "1 month", "20", "17.90", 200),
        ),
    ),
    DemoProduct(
        "didi", "travel", "滴滴", "滴滴出行代金券", "DiDi voucher", "car", "orange",
        "快车、专车通用", "For all rides",
        (
            DemoSKU("didi-30", "30元", "¥30", "30", "28.50"),
            DemoSKU("didi-50", "50元", "¥50", "50", "47.00"),
        ),
        expires=True,
    ),
    DemoProduct(
        "hello-bike", "travel", "哈啰", "哈啰单车月卡", "HelloBike monthly pass", "bike", "blue",
        "全国通用，30天不限次", "30 days, everywhere",
        (
            DemoSKU("hello-bike-month", "月卡", "1 month", "25", "16.90"),
        ),
        expires=True,
    ),
    DemoProduct(
        "sinopec", "travel", "中国石化", "中石化加油充值卡", "Sinopec fuel card", "fuel", "red",
        "全国加油站可用，绑定加油卡充值", "For Sinopec fuel cards",
        (
            DemoSKU("sinopec-100", "100元", "¥100", "100", "99.60"),
            DemoSKU("sinopec-500", "500元", "¥500", "500", "496.00", 100),
        ),
    ),
    DemoProduct(
        "dedao", "education", "得到", "得到听书会员", "Dedao membership", "graduation-cap",
        "orange", "每天听本书", "A book a day",
        (
            DemoSKU("dedao-month", "月卡", "1 month", "48", "39.90"),
        ),
    ),
    DemoProduct(
        "baicizhan", "education", "百词斩", "百词斩会员兑换码", "Baicizhan code", "languages",
        "teal", "背单词，考试必备", "Vocabulary training",
        (
            DemoSKU("baicizhan-quarter", "季卡", "3 months", "58", "46.00"),
        ),
    ),
    DemoProduct(
        "maoyan", "cinema", "猫眼", "猫眼电影通兑券", "Maoyan cinema ticket", "ticket", "red",
        "2D/3D 通兑，全国 5000 家影院", "2D and 3D, 5,000 cinemas",
        (
            DemoSKU("maoyan-ticket", "单张", "One ticket", "45", "36.80"),
        ),
        expires=True,
    ),
    DemoProduct(
        "hema", "fresh", "盒马", "盒马礼品卡", "Freshippo gift card", "shopping-bag", "sky",
        "门店和 APP 通用", "Shops and app",
        (
            DemoSKU("hema-100", "100元", "¥100", "100", "98.00"),
            DemoSKU("hema-200", "200元", "¥200", "200", "196.00"),
        ),
    ),
)
# fmt: on
