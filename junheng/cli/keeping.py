"""Commands that keep a home for years: backup, restore."""

from pathlib import Path
from typing import Annotated

import typer

from extract.common.place import is_remote
from junheng.cli.app import FAILED, USAGE, app, chinese, complain, fail, tell, words
from junheng.home import Home
from publish.language import say


def _refuse_remote(home: Home) -> None:
    if is_remote(home.store):
        complain(
            say(
                f"收到过的一切在 {home.shared}，请用对象存储自己的版本与备份。",
                f"All that was received lies in {home.shared}: keep it by the object store's own versions and copies.",
            )
        )
        raise typer.Exit(USAGE)


@app.command(
    help=chinese("把收到过的一切与日志存成一个文件：其余都能由它重算。文件含人员名册与密钥，请妥善保管。"),
)
def backup(
    target: Annotated[Path, typer.Argument(help=words("写成哪个文件（.tar）。", "The file to write (.tar)."))],
) -> None:
    """Keep all that was received, and the logs, in one file: all else can be made again from it."""
    from junheng import backup as backups
    from junheng.writer_lock import HomeBusy, one_writer

    home = Home.from_environment()
    _refuse_remote(home)
    if not (home.store / "ledger.jsonl").exists():
        complain(say(f"{home.root} 里还没有收到过文件。", f"Nothing has been received in {home.root} yet."))
        raise typer.Exit(USAGE)
    try:
        with one_writer(home, tell):
            files, size = backups.write(home, target, tell)
    except HomeBusy as busy:
        fail(say(f"刷新正在运行（{busy}），稍后再试。", f"A night is running ({busy}); try again later."))
    tell(
        say(
            f"已备份 {files:,} 个文件（{size / (1 << 20):,.1f} MiB）并核对：{target}\n"
            f"landing/ 里各单位的原文件不在其中。恢复：JUNHENG_HOME=空文件夹 junheng restore {target}",
            f"{files:,} files backed up ({size / (1 << 20):,.1f} MiB) and read back: {target}\n"
            f"The offices' own files in landing/ are not in it. JUNHENG_HOME=<empty folder> junheng restore {target}",
        )
    )


@app.command(help=chinese("把备份恢复到空的 JUNHENG_HOME；随后 junheng refresh 重算并发布。"))
def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=words("备份文件。", "The backup."))],
) -> None:
    """Put a backup into an empty JUNHENG_HOME; `junheng refresh` then makes and publishes everything again."""
    from junheng import backup as backups

    home = Home.from_environment()
    _refuse_remote(home)
    try:
        files = backups.restore(file, home)
    except backups.NotEmpty as error:
        complain(
            say(
                f"{home.root} 里已经收到过文件，没有恢复。请把 JUNHENG_HOME 指向一个空文件夹。",
                f"{home.root} has received files already; nothing was restored. Point JUNHENG_HOME at an empty folder.",
            )
        )
        raise typer.Exit(USAGE) from error
    except backups.NotABackup as error:
        complain(
            say(
                f"{file} 不是完好的备份（{error}），什么也没有恢复。请重新复制这个文件，或换一份备份再试。",
                f"{file} is no sound backup ({error}); nothing was restored. Copy it again, or take another backup.",
            )
        )
        raise typer.Exit(FAILED) from error
    tell(
        say(
            f"已恢复 {files:,} 个文件：{home.root}\n接着运行 junheng refresh，重算并发布。",
            f"{files:,} files restored: {home.root}\nNow run junheng refresh to make and publish everything again.",
        )
    )
