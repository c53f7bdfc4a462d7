"""Makes sentences.txt: made-up Chinese sentences, one a line, for comparing lexical analysis.

    make_sentences.py > sentences.txt

The same on every run. The first part is written by hand and looks for trouble; the rest comes out of templates.
"""

import random
import sys

BY_HAND = """\
百度是一家高科技公司
LAC是个优秀的分词工具
我要查一下我的银行卡余额
请帮我转人工客服，谢谢！
昨天下午3点20分，我在招商银行朝阳门支行取了5000元现金。
请问协和医院的张伟医生周三上午出诊吗？
我的订单号是20250405123456，怎么还没发货？？？
WiFi密码是abc123XYZ，别告诉别人哦~
iPhone15ProMax和HUAWEI Mate60 Pro哪个好
ＡＢＣ１２３，全角字母和数字。
ａｂｃ　ｄｅｆ
（括号）【方括号】《书名号》“引号”‘单引号’——破折号……省略号
3.1415926是圆周率，2.71828是自然常数，1/3不是有限小数
http://www.example.com/path?x=1&y=2#top
邮箱：zhang.san+test@example.com.cn，电话：010-8888-6666转801
😀😃😄哈哈哈哈
👨‍👩‍👧‍👦一家人👍🏽
𠮷野家的𠮷不是吉，𬶍和𬸦也是罕见字
龘靐齉爩鱻麤龗灪吁龖厵滟爨癵籱饢驫鲡鹂鸾麣纞虋讟钃骊郁鸜鸘鼺鼻
萬與醜專業叢東絲丟兩嚴喪個爿豐臨為麗舉麼義烏樂喬習鄉書買亂爭於虧雲亙亞產畝
繁體字的句子：銀行帳戶餘額不足，請儲值後再試。
ひらがなとカタカナと漢字
한국어 문장도 있습니다
Привет, как дела? Ещё раз
العربية من اليمين إلى اليسار
Ça va très bien, à bientôt, naïve café
café 和 café 看起来一样
OOV
OOV OOV OOVOOV
 以空格开头
以空格结尾 
\t以制表符开头\t中间\t结尾\t
  多个   空格    在     中间      
　全角空格　在　这里　
不换行空格\u00a0在\u00a0这里
零宽\u200b空格\u200b和\u200d连接符
行分隔符\u2028段分隔符\u2029下一行\u0085结束
回车\r在中间
垂直\x0b制表\x0c换页\x1c文件分隔
\ufeff有字节顺序标记
 
　
\t
。
，，，，，，
！？！？！？
a
Z
0
啊
一
AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
11111111111111111111111111111111111111111111111111
哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈
的的的的的的地地地地得得得得了了了了
研究生命起源的研究生命令本科生
南京市长江大桥欢迎您
乒乓球拍卖完了
结婚的和尚未结婚的
他说的确实在理
下雨天留客天留我不留
小明硕士毕业于中国科学院计算所后在日本京都大学深造
中华人民共和国成立于1949年10月1日
习惯性地打开了电视机，看了一会儿新闻联播。
北京时间2024年2月30日（并不存在）凌晨零点整
第３２届夏季奥林匹克运动会
①②③④⑤⑥⑦⑧⑨⑩ⅠⅡⅢⅣ㈠㈡㈢
℃℉㎡㎏㏄№™®©€£¥$¢
x²+y²=z²，E=mc²，∑∏∫≈≠≤≥∞
a1b2c3d4e5f6g7h8i9j0
3G网络、4G网络、5G网络、2G内存、T恤、K歌、卡拉OK、AA制、B超、CT、MRI
COVID-19疫情期间，PM2.5浓度为35μg/m³
ＨＴＴＰＳ：／／ＷＷＷ．ＣＯＭ
!@#$%^&*()_+-=[]{}|;':",./<>?`~
\\n不是换行\\t不是制表
NULL null None undefined NaN
'; DROP TABLE users; --
<script>alert("你好")</script>
{"键": "值", "数": [1, 2, 3]}
上海市浦东新区世纪大道100号环球金融中心88层
周杰伦的《七里香》和陈奕迅的《十年》
马云、马化腾、李彦宏出席了世界互联网大会
欧阳娜娜与司马懿、诸葛亮、上官婉儿
乌鲁木齐市天山区、呼和浩特市新城区、拉萨市城关区
世界卫生组织（WHO）总干事谭德塞
美国总统拜登与俄罗斯总统普京举行会谈
不不不，不是这样的，我没没没说
一二三四五六七八九十百千万亿
壹贰叁肆伍陆柒捌玖拾佰仟万元整
二〇二五年四月五日
""".rstrip("\n")

FIELDS = {
    "bank": ["招商银行", "工商银行", "建设银行", "中国农业银行", "交通银行", "浦发银行", "宁波银行", "微众银行"],
    "city": ["北京", "上海", "广州", "深圳", "杭州", "成都", "武汉", "西安", "哈尔滨", "乌鲁木齐", "海口", "石家庄"],
    "person": ["张伟", "王芳", "李娜", "刘洋", "陈静", "杨过", "欧阳修", "司马光", "赵子龙", "买买提", "迈克尔", "Tom", "慕容雪"],
    "hospital": ["协和医院", "人民医院", "第一附属医院", "华西医院", "儿童医院", "中医院", "口腔医院", "瑞金医院"],
    "illness": ["高血压", "糖尿病", "感冒发烧", "阑尾炎", "颈椎病", "过敏性鼻炎", "骨折", "新冠肺炎", "偏头痛"],
    "doctor": ["内科", "外科", "儿科", "妇产科", "神经科", "皮肤科", "骨科", "耳鼻喉科", "急诊"],
    "product": ["洗衣机", "冰箱", "iPhone 15", "小米14", "笔记本电脑", "羽绒服", "运动鞋", "扫地机器人", "Kindle", "电饭煲"],
    "company": ["阿里巴巴", "腾讯公司", "字节跳动", "华为技术有限公司", "比亚迪", "中石油", "Google", "特斯拉", "京东物流"],
    "date": ["昨天", "今天上午", "明天下午", "上周五", "2024年12月31日", "3月8号", "国庆节期间", "去年冬天", "25日", "前天晚上8点半"],
    "feeling": ["很生气", "非常满意", "有点失望", "不太高兴", "特别感动", "无语了", "太赞了"],
    "thing": ["发票", "合同", "身份证", "社保卡", "公积金", "贷款", "信用卡", "理财产品", "快递", "保险单", "驾驶证"],
    "verb": ["查询", "办理", "取消", "修改", "申请", "退回", "补办", "激活", "冻结", "续签"],
    "end": ["", "。", "！", "？", "……", "~", "，谢谢", "，急急急！！", "😡", "🙏", " ", "?", "!!", "，麻烦了。"],
    "start": ["", "", "", "你好，", "请问", "您好！", "那个，", "喂，", "亲，", "客服在吗，", "【紧急】", "hi，", "Re: "],
}

TEMPLATES = """\
{start}我想{verb}{thing}{end}
{start}我在{bank}的{thing}怎么{verb}{end}
{start}{date}我在{bank}{city}分行存了{money}，为什么余额没变{end}
{start}卡号{digits}被吞了，请尽快{verb}{end}
{start}{hospital}的{doctor}{date}还有号吗{end}
{start}我妈妈得了{illness}，应该挂{doctor}还是{doctor}{end}
{start}{person}医生{date}在{city}{hospital}出诊，挂号费{money}{end}
{start}我买的{product}到{date}都没有发货，订单{digits}{end}
{start}这个{product}质量太差了，{feeling}{end}
{start}你们的{product}能便宜{money}吗{end}
{start}帮我转接{person}，我要投诉{company}{end}
{company}{date}宣布，将在{city}投资{money}建设新工厂。
据{city}日报{date}报道，{company}董事长{person}辞职。
{person}和{person}{date}从{city}出发前往{city}参加会议。
{date}，{city}气温骤降至-{small}℃，气象台发布{small}号预警。
{company}股价{date}上涨{percent}，收于{money}。
{city}市{small}路公交车{date}起改道，途经{hospital}和{bank}。
{person}说：“我对{product}{feeling}，但{thing}还没{verb}。”
{start}登录密码忘了，手机号是1{phone}{end}
{start}{code}这个验证码为什么{verb}不了{end}
{start}{thing}、{thing}和{thing}都要带吗{end}
（{date}）{city}—{city}　{product}×{small}　合计：{money}
{start}我的邮箱是{code}@example.com，{verb}结果请发给我{end}
{start}{illness}患者能吃{code}这个药吗？一天{small}次，一次{small}片{end}
{start}贷款{money}分{small}期，每期利率{percent}，总共还多少{end}
""".splitlines()

FULL_WIDTH = {ord(c): ord(c) + 0xFEE0 for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"}


def code(rng: random.Random) -> str:
    return "".join(rng.choices("abcdefghijkXYZ0123456789-_", k=rng.randint(2, 9)))


def money(rng: random.Random) -> str:
    return rng.choice([f"{rng.randint(1, 99999)}元", f"{rng.random() * 100:.2f}万元",
                       f"¥{rng.randint(1, 999)}.{rng.randint(0, 99):02}",
                       "三千五百块钱", "一个亿", f"{rng.randint(1, 9)}千多", f"${rng.randint(1, 999)},000"])


def fill(template: str, rng: random.Random) -> str:
    made = {"money": money, "code": code,
            "digits": lambda r: str(r.randrange(10**11, 10**16)),
            "phone": lambda r: f"{r.randrange(3 * 10**9, 10**10)}",
            "percent": lambda r: f"{r.random() * 20:.{r.randint(0, 3)}f}%",
            "small": lambda r: str(r.randint(1, 40))}
    text = template
    while "{" in text:
        begin, end = text.index("{"), text.index("}")
        name = text[begin + 1:end]
        value = made[name](rng) if name in made else rng.choice(FIELDS[name])
        text = text[:begin] + value + text[end + 1:]
    return text.translate(FULL_WIDTH) if rng.random() < 0.08 else text


def noise(rng: random.Random) -> str:
    """Characters that have nothing to do with each other: of the dictionaries, and of far parts of Unicode."""
    ranges = [(0x4E00, 0x9FFF), (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20, 0x7E), (0x20000, 0x2A6DF),
              (0x1F300, 0x1F64F), (0xFF01, 0xFF5E), (0x3040, 0x30FF), (0x2000, 0x206F), (0xAC00, 0xD7A3), (0x370, 0x3FF), (0xE000, 0xE0FF)]
    return "".join(chr(rng.randint(*rng.choice(ranges))) for _ in range(rng.randint(1, 40)))


def sentences() -> list[str]:
    rng = random.Random(20250405)
    made = BY_HAND.split("\n")
    made += [fill(rng.choice(TEMPLATES), rng) for _ in range(1000)]
    made += [noise(rng) for _ in range(60)]
    made += [" ".join(fill(rng.choice(TEMPLATES), rng) for _ in range(rng.randint(5, 20))) for _ in range(20)]
    made.append("".join(fill(rng.choice(TEMPLATES), rng) for _ in range(100)))
    made.append("".join(fill(rng.choice(TEMPLATES), rng) for _ in range(250)))
    return made


if __name__ == "__main__":
    sys.stdout.buffer.write("".join(sentence + "\n" for sentence in sentences()).encode())
