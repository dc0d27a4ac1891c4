"""Every command in a line: what ``junheng`` alone shows.

Nothing is imported here but the language: the library of the command line takes longer than to write this.
"""

from typing import NamedTuple

from publish.language import language, say


class Command(NamedTuple):
    """A command, the module of this package that has it, and what it does, in at most 66 columns."""

    name: str
    module: str
    zh: str
    en: str


_GROUPS = {
    ("每天用", "Every day"): (
        Command(
            "refresh", "run", "刷新：接收、读取、校验、计算、发布。", "Receive, extract, validate, transform, publish."
        ),
        Command(
            "check",
            "data",
            "检查一个文件会不会被接收，哪里不行、怎么改。",
            "Whether a file would be accepted; where and why not.",
        ),
        Command(
            "template",
            "data",
            "生成填报模板（.xlsx），填好放回 landing/ 即可。",
            "Write .xlsx templates to fill in and drop back.",
        ),
        Command(
            "status",
            "report",
            "看现在发布的数据、拒收了什么、接下来做什么。",
            "What is published, what was refused, what to do next.",
        ),
        Command(
            "explain",
            "report",
            "解释学校、县区或指标：为什么、差什么、最少做什么。",
            "Explain a school, county or indicator, down to the cells.",
        ),
        Command(
            "progress",
            "report",
            "看目标、整改台账、教育集团和变化。",
            "A county's targets, ledger of gaps, groups, and what moved.",
        ),
        Command(
            "report",
            "documents",
            "写出要报送、存档的材料：自评报告、台账、通知书等。",
            "Write a county's reports, ledgers, notices, check-ups.",
        ),
        Command(
            "whatif",
            "whatif",
            "推演：如果这样改，结论、缺口、差异系数会怎样。",
            "Judge a county with changes that nobody has made yet.",
        ),
        Command(
            "plan",
            "plan",
            "最小方案：最少聘任、调动、添置多少才都达标；带证明。",
            "The least transfers, hires and rooms with which it passes.",
        ),
    ),
    ("文件", "Files"): (
        Command(
            "backfill", "run", "逐年补收以往年份；中断后再运行即接着做。", "Take in past years, one after the other."
        ),
        Command(
            "withdraw",
            "data",
            "撤回已收到的文件；--undo 恢复。",
            "Let delivered files no longer count; --undo takes it back.",
        ),
        Command(
            "export",
            "data",
            "从发布的数据里切出一个县区，好给别人。",
            "Cut one county out of the warehouse, to hand it out.",
        ),
    ),
    ("运行与管理", "Running it"): (
        Command("watch", "run", "刷新没有按时完成就通知相关的人。", "Tell people if the night is late or missing."),
        Command("docs", "run", "生成数据字典：一个离线网页。", "Write the data dictionary, one offline page."),
        Command(
            "synthetic",
            "data",
            "生成合成县区的普查文件（名称里写明）。",
            "Write made-up counties' census files, named as such.",
        ),
        Command(
            "dashboards", "server", "生成 Superset 可导入的仪表板包。", "Write the dashboards as a bundle for Superset."
        ),
        Command(
            "bi",
            "server",
            "在本机打开仪表板（先由 make bi 安装）。",
            "Show the dashboards here (`make bi` installs them).",
        ),
        Command(
            "backup",
            "keeping",
            "把收到过的一切与日志存成一个文件。",
            "Keep all that was received, and the logs, in a file.",
        ),
        Command("restore", "keeping", "把备份恢复到空的 JUNHENG_HOME。", "Put a backup into an empty JUNHENG_HOME."),
        Command(
            "access", "server", "谁可以在 PostgreSQL 服务器上看哪个县区。", "Who may see which county on the server."
        ),
    ),
}
COMMANDS = {command.name: command for group in _GROUPS.values() for command in group}
_OPTIONS = (
    ("--lang zh|en", "界面语言，默认随系统；可写在任何位置。", "Language; default: the locale's. May stand anywhere."),
    ("--version", "显示版本号。", "Show the version."),
    ("--install-completion", "让命令行按 Tab 补全命令。", "Let the shell complete commands."),
    ("--show-completion", "显示补全脚本，好自行安装。", "Show what completes them, to install it yourself."),
    ("-h, --help", "显示本页；写在命令后，显示该命令的用法。", "Show this; after a command, how to use that one."),
)


def overview() -> str:
    """Return the commands by group, the options, and examples."""
    in_chinese = language() == "zh"
    lines = [
        say("用法：junheng [选项] 命令 …", "Usage: junheng [OPTIONS] COMMAND ..."),
        "",
        say(
            "均衡：每所学校、每个县区离义务教育优质均衡标准还差什么。",
            "Where every school and county stands against the national standard of\n"
            "high-quality balanced compulsory education, and what is missing.",
        ),
    ]
    for (zh, en), commands in _GROUPS.items():
        lines += ["", say(zh, en)]
        lines += [f"  {command.name:10}  {command.zh if in_chinese else command.en}" for command in commands]
    lines += ["", say("选项", "Options")]
    lines += [f"  {option:20}  {zh if in_chinese else en}" for option, zh, en in _OPTIONS]
    lines += ["", say("例", "Examples"), "  junheng refresh"]
    lines += [f"  junheng explain {say('惠农区', '640205')}", f"  junheng check {say('学校.xlsx', 'school.xlsx')}"]
    return "\n".join(lines)
