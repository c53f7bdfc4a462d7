#!/usr/bin/env python3
"""Makes train.jsonl and a data set to check with: made-up questions of customers of a bank, a hospital and an office.

    tools/models/intents/make_data.py        writes train.jsonl beside this script and
                                             examples/datasets/intents/manifest.jsonl; the same on every run

One line a question, with what the customer wants. train.jsonl: {"text", "label"}. The manifest is for measuring a
version before it is released: {"text", "expected", "category", "weight"}. Its category `known` are sentences of the
forms that train.jsonl has, with other words in them; `new` are forms that training never saw.
"""

import json
import random
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATASET = HERE.parents[2] / "examples/datasets/intents/manifest.jsonl"
TRAIN_EACH, TEST_EACH = 220, 30  # sentences a label

# label -> (forms for training, forms for the test only)
FORMS = {
    "balance": (["我的{card}还有多少钱", "查一下{card}余额", "{card}里余额多少", "帮我看看账户余额", "怎么查{card}的余额", "账上还剩多少钱",
                 "余额查询", "我想知道{card}还剩{money}没有"],
                ["我卡里余额还有几块", "麻烦查余额，{card}的", "{card}余额怎么看"]),
    "lost_card": (["{card}丢了怎么办", "我的{card}不见了，要挂失", "{card}被偷了，快帮我挂失", "挂失{card}", "{time}把{card}弄丢了",
                   "{card}找不到了怎么挂失", "卡丢了能补办吗", "遗失{card}怎么补办"],
                  ["{card}掉在出租车上了，想挂失", "刚发现{card}丢失了", "补办丢了的{card}要多久"]),
    "transfer": (["我要转账{money}", "怎么给{person}转账", "转{money}到{person}的卡上", "{time}转的账还没到", "转账限额是多少", "跨行转账要手续费吗",
                  "给{person}汇款{money}", "汇款多久能到账"],
                 ["想汇{money}给{person}", "转账什么时候能到账", "往别的银行转账收多少手续费"]),
    "loan": (["我想贷款{money}", "房贷利率是多少", "怎么申请贷款", "贷款能提前还吗", "车贷要什么条件", "{time}申请的贷款批了吗", "借{money}利息多少",
              "信用贷最多能借多少"],
             ["办贷款都要什么条件", "贷款{money}每个月利息多少", "提前还房贷有违约金吗"]),
    "bill": (["这个月{card}账单多少", "信用卡账单什么时候出", "账单日是哪天", "我要还信用卡，还款日是几号", "最低还款额是多少", "{card}账单有一笔{money}不认识",
              "把账单发到我邮箱", "账单能分期吗"],
             ["信用卡还款日能改吗", "上期账单没收到", "{money}的账单想分期还"]),
    "appointment": (["我想挂{dept}的号", "预约{dept}{time}的号", "{person}医生{time}出诊吗", "怎么预约专家号", "{dept}还有号吗", "取消{time}的预约挂号",
                     "挂号费多少钱", "给孩子挂个{dept}"],
                    ["帮我约{time}{dept}的专家", "{dept}的号能预约吗", "{person}医生的号怎么挂"]),
    "report": (["检查报告什么时候出", "我的化验单出来了吗", "怎么查体检报告", "{time}做的CT结果出了吗", "在哪里打印检验报告", "核磁共振的报告单怎么取",
                "抽血结果多久能看", "B超报告能发手机上吗"],
               ["{time}抽的血，化验结果在哪看", "体检报告怎么打印", "CT报告单几天能出"]),
    "invoice": (["怎么开发票", "我要开{money}的发票", "发票抬头写错了能改吗", "电子发票发到哪里", "能补开{time}的发票吗", "开增值税专用发票",
                 "发票丢了能重开吗", "发票税号填错了"],
                ["请给我开张电子发票", "{time}的费用发票抬头怎么改", "专票可以补开吗"]),
    "leave": (["我{time}想请假", "年假还剩几天", "请{num}天病假怎么走流程", "产假有多少天", "请假要谁审批", "{time}请事假扣工资吗", "怎么撤销请假申请",
               "调休和年假怎么算"],
              ["想请{num}天年假", "病假条要交给谁审批", "{time}要调休一天"]),
    "complaint": (["我要投诉你们", "你们服务态度太差了", "投诉{person}", "等了{num}个小时没人管，太差劲了", "这是什么态度，我要举报", "对你们的处理非常不满意",
                   "我要投诉{time}的工作人员", "服务这么差我要投诉到消协"],
                  ["态度恶劣，必须投诉", "你们太差劲了，我很不满意", "怎么投诉窗口的{person}"]),
    "human": (["转人工", "人工客服", "我要和真人说话", "帮我接人工服务", "别让机器人回答了", "能不能找个人跟我说", "人工人工人工", "接通客服专员"],
              ["机器人听不懂，转人工吧", "请接真人客服", "给我换个人工坐席"]),
    "opening_hours": (["你们几点开门", "{time}营业吗", "周末上班吗", "几点下班", "{place}营业时间是什么", "国庆节{place}开门吗", "中午休息吗，几点上班",
                       "{place}几点关门"],
                      ["{place}周末几点开门", "节假日营业时间有变化吗", "{time}{place}上不上班"]),
}

WORDS = {
    "card": ["银行卡", "信用卡", "储蓄卡", "工资卡", "社保卡", "尾号{num}的卡", "借记卡", "IC卡"],
    "money": ["500元", "一千块", "3000", "五万元", "10万", "两百块钱", "1,200.50元", "８０００元", "二十万"],
    "person": ["张伟", "王医生", "李娜", "我妈妈", "房东", "小刘", "陈主任", "欧阳锋", "同事", "Lily"],
    "time": ["昨天", "今天", "明天上午", "下周一", "周三", "上个月", "3月5号", "后天下午", "刚才", "10月1日", "星期六"],
    "dept": ["内科", "儿科", "骨科", "皮肤科", "眼科", "口腔科", "妇科", "神经内科", "耳鼻喉科", "中医科"],
    "place": ["营业厅", "支行", "门诊", "网点", "办事大厅", "药房", "前台", "柜台"],
    "num": ["1", "2", "3", "两", "三", "5", "8866", "七"],
}
STARTS = ["", "", "", "", "你好，", "请问", "您好！", "在吗，", "麻烦问下，", "喂 ", "那个，", "急！"]
ENDS = ["", "", "", "", "？", "?", "。", "！", "，谢谢", "呢", "啊", "～", "😊", "，急", " 谢谢！"]


def fill(form: str, rng: random.Random) -> str:
    while "{" in form:
        begin, end = form.index("{"), form.index("}")
        form = form[:begin] + rng.choice(WORDS[form[begin + 1:end]]) + form[end + 1:]
    return rng.choice(STARTS) + form + rng.choice(ENDS)


def different(forms: list[str], count: int, rng: random.Random, taken: set[str]) -> list[str]:
    """As many sentences as are asked for, none of them twice and none of `taken`, which they are added to."""
    made = []
    while len(made) < count:
        sentence = fill(rng.choice(forms), rng)
        if sentence not in taken:
            taken.add(sentence)
            made.append(sentence)
    return made


def make() -> tuple[list[dict], list[dict]]:
    rng = random.Random(7)
    train, test, taken = [], [], set()
    for label, (known, new) in FORMS.items():
        train += [{"text": text, "label": label} for text in different(known, TRAIN_EACH, rng, taken)]
        for category, forms in (("known", known), ("new", new)):
            for text in different(forms, TEST_EACH // 2, rng, taken):
                test.append({"text": text, "expected": label, "category": category, "weight": 1})
    return train, test


def write(path: Path, rows: list[dict]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    train_rows, test_rows = make()
    write(HERE / "train.jsonl", train_rows)
    write(DATASET, test_rows)
