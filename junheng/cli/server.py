"""Commands about the server and its dashboards: access, dashboards, bi."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from junheng.cli.app import (
    USAGE,
    AllOption,
    CityOption,
    CountyOption,
    Login,
    access,
    app,
    chinese,
    complain,
    need_warehouse,
    tell,
    words,
)
from junheng.cli.arguments import county_codes
from junheng.home import Home
from publish.language import say

if TYPE_CHECKING:
    import psycopg


@app.command(help=chinese("生成 Superset 可导入的仪表板包。"))
def dashboards(
    uri: Annotated[
        str,
        typer.Option(
            help=words(
                "Superset 到哪里找数据（不带口令）：postgresql+psycopg2://login@host/database",
                "Where Superset finds the marts, without a password: postgresql+psycopg2://login@host/database",
            )
        ),
    ],
    target: Annotated[Path, typer.Option(help=words("写成哪个文件。", "The bundle to write."))] = Path(
        "junheng-dashboards.zip"
    ),
) -> None:
    """Write the dashboards as a bundle that Superset imports."""
    from publish.superset import bundle

    boards = bundle.write(target, uri)
    tell(say(f"{target}（{boards} 个仪表板）", f"{target} ({boards} dashboards)"))


@app.command(
    help=chinese("在本机打开仪表板：Superset 读已发布的数据（先由 `make bi` 安装）。"),
)
def bi() -> None:
    """Show the dashboards on this machine: Superset on the published marts (`make bi` installs it first)."""
    from junheng import bi as dashboards_here

    home = Home.from_environment()
    need_warehouse(home)
    try:
        dashboards_here.run(home, tell)
    except KeyboardInterrupt:
        tell("")


@access.command("setup", help=chinese("建立角色 junheng_loader、junheng_reader 与绑定表（由管理员运行一次）。"))
def access_setup() -> None:
    """Create the roles junheng_loader and junheng_reader and the bindings (as an administrator, once)."""
    import psycopg

    from publish import access as binding

    with _server() as server:
        try:
            done = binding.set_up(server)
        except psycopg.errors.LockNotAvailable:
            complain(
                say(
                    "有会话正占用要修改的对象（有未结束的事务），什么也没有改；请稍后再试，或由管理员结束这些会话。",
                    "A session holds what is to be changed in a transaction that is open, so nothing was changed: try "
                    "again, or end it.",
                )
            )
            raise typer.Exit(1) from None
    if not done.is_closed:
        complain(
            say(
                "注意：不是超级用户，PostgreSQL 自带的登录名清单、统计和锁没有收回，也不能结束占住复制的会话；"
                "请由超级用户再运行一次。",
                "Note: not a superuser, so PostgreSQL's own lists of logins, statistics and locks stay open to every "
                "login, and nothing ends who stands in a copy's way; let a superuser run it once more.",
            )
        )
    if done.open_databases:
        names = ", ".join(done.open_databases)
        complain(
            say(
                f"注意：任何登录名都能打开这些数据库，在那里看到别的登录名，并占用服务器的锁和磁盘：{names}。"
                "收回：revoke connect on database <名称> from public。",
                f"Note: every login may open these databases, see other logins there, and take locks and disk: {names}."
                " To close one: revoke connect on database <name> from public.",
            )
        )
    tell(
        say(
            "角色 junheng_loader、junheng_reader 与绑定表已就绪，口令请由管理员设定。",
            "Roles junheng_loader, junheng_reader and bindings are ready; set the passwords yourself.",
        )
    )


@access.command("grant", help=chinese("让一个登录名看一个县区、一个市的县区，或全部。"))
def access_grant(
    login: Login, county: CountyOption = None, city: CityOption = None, everything: AllOption = False
) -> None:
    """Let a login see a county, a city's counties, or all."""
    import psycopg

    from publish import access as binding

    scope, code = _scope(county, city, everything)
    with _server() as server:
        try:
            is_known = binding.grant(server, login, scope, code)
        except LookupError:
            complain(
                say(
                    f"服务器上没有登录名 {login}，请先由管理员建立。",
                    f"The server has no login {login}: create it first.",
                )
            )
            raise typer.Exit(USAGE) from None
        except psycopg.errors.LockNotAvailable:
            complain(
                say(
                    f"{login} 正在修改自己的设置（有未结束的事务），没有绑定；请稍后再试，或由管理员结束它的会话。",
                    f"{login} is changing its own settings in a transaction that is open, so nothing was bound: try "
                    "again, or end its session.",
                )
            )
            raise typer.Exit(1) from None
    if not is_known:
        complain(
            say(
                f"注意：现有数据里没有 {code}，{login} 暂时看不到任何县区的数据。",
                f"Note: the marts know no {code}; {login} sees no county of it for now.",
            )
        )
    tell(say(f"{login} 可见：{scope} {code}", f"{login} may see: {scope} {code}"))


@access.command("revoke", help=chinese("收回一条绑定。"))
def access_revoke(
    login: Login, county: CountyOption = None, city: CityOption = None, everything: AllOption = False
) -> None:
    """Take a binding back."""
    from publish import access as binding

    scope, code = _scope(county, city, everything)
    with _server() as server:
        if not binding.revoke(server, login, scope, code):
            complain(say(f"没有这条绑定：{login} {scope} {code}", f"No such binding: {login} {scope} {code}"))
            raise typer.Exit(USAGE)
    tell(say(f"{login} 不再可见：{scope} {code}", f"{login} may no longer see: {scope} {code}"))


@access.command("list", help=chinese("列出全部绑定。"))
def access_list() -> None:
    """Show every binding."""
    from publish import access as binding

    with _server() as server:
        for b in binding.bindings(server):
            print(f"{b.login}\t{b.scope}\t{b.code}\t{b.bound_at:%Y-%m-%d}\t{b.bound_by}")


def _server() -> "psycopg.Connection[Any]":
    import psycopg

    from junheng.settings import settings

    if not (uri := settings().postgres):
        raise typer.BadParameter(
            say(
                "请设置 JUNHENG_POSTGRES=postgresql://用户@主机/数据库。",
                "Set JUNHENG_POSTGRES=postgresql://user@host/database.",
            )
        )
    return psycopg.connect(uri, autocommit=True)


def _scope(county: str | None, city: str | None, everything: bool) -> tuple[str, str]:
    given = [
        (s, c) for s, c in (("county", county), ("city", city), ("all", "" if everything else None)) if c is not None
    ]
    if len(given) != 1:
        raise typer.BadParameter(say("--county、--city、--all 三者取一。", "Give one of --county, --city, --all."))
    if given[0][0] != "all":
        county_codes([given[0][1]])
    return given[0]
