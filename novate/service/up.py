"""``novate up``: from nothing, or from what lies in the folder, to services that answer."""

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from circuits.keyfolder import keys, pins
from novate import tools
from novate.errors import Exit, NovateError
from novate.keys import made
from novate.screen import Screen
from novate.service import listing
from novate.service.again import end_hanging, start_again
from novate.service.folder import API, CHAIN, OPERATOR, ChainRecord, Folder, Service
from novate.service.processes import NAMES, SUPERVISOR, Record, end, forget, is_alive, locked, read, running, spawn
from novate.service.roles import DEVELOPMENT_CHAINS, Keystore, check_key, roles_for
from novate.service.supervisor import LIMITS, wanted
from novate.service.tokens import of_operator, of_provers
from novate.service.trading import why_not_yet

WINDOW = 300
DAY = 86_400
PATIENCE = 86_400
POLL = 0.05
ACCOUNTS_WAIT = 120.0
"""Seconds that deposits and prices are waited for at most."""
DEFAULT_CLASS = "S"
CONFIRMATIONS = {True: 1, False: 3}
"""Blocks after which a deposit counts: on a development chain, where no block follows by itself, and on another."""


class Options(NamedTuple):
    """What ``up`` was asked for; None where it was not, and then what is there stays.

    The first group is fixed when the contracts are deployed, the second may differ at every start.
    """

    chain: str | None = None
    size_class: str | None = None
    window: int | None = None
    token: str = ""
    deployer: Keystore | None = None
    operator_key: Keystore | None = None

    manual: bool | None = None
    reporters: bool | None = None
    api: str | None = None
    operator: str | None = None
    port: str | None = None
    policy: dict[str, int] | None = None
    gas_cap: int | None = None
    wait: float = 120


class Ready(NamedTuple):
    """Services that answer. ``accounts`` are the funded ones.

    ``supervisor`` was started; where one ran already it is None. ``again`` names what hung, or was down under a
    supervisor that ran, and was started again. ``waiting`` is why the accounts cannot trade yet, empty if they can.
    """

    service: Service
    accounts: list
    was_running: bool
    supervisor: subprocess.Popen | None
    again: Sequence[str] = ()
    waiting: str = ""


def bring_up(folder: Folder, options: Options, screen: Screen) -> Ready:
    """Set up what is missing, start what does not run or hangs, wait until all of it answers and accounts can trade.

    Raises ``NovateError`` and what the parts raise: ``ProverError``, ``VerifierError``.
    """
    with locked(folder, "up"):
        service = agreed(folder, options)
        folder.make()
        again = end_hanging(folder, [SUPERVISOR])  # it leaves the processes as they are
        supervisor = running(folder, SUPERVISOR)
        if supervisor and service.is_deployed:
            return repaired(folder, service, supervisor, options.wait, screen)
        if supervisor:
            bring_down(folder)  # of a first start that was killed: nothing is deployed
        key = made(service.size_class, folder.keys, screen)
        of_operator(folder).newest()
        of_provers(folder).newest()
        folder.write(service)
        again += end_hanging(folder, wanted(folder))
        forget(folder)
        supervisor = spawn(folder, SUPERVISOR)

        def is_ours() -> bool:
            return supervisor.poll() is None

        try:
            with screen.step("start the services" if service.is_deployed else "start the chain"):
                chain = ["chain"] if service.chain.embedded else []
                wait_for(folder, [SUPERVISOR, *chain], is_ours, options.wait)
            if not service.is_deployed:
                service = deployed(folder, service, key, options, screen)
            accounts = funded(folder, service, screen)
            with screen.step("wait for sequencer and prover"):
                wait_for(folder, wanted(folder), is_ours, options.wait)
            waiting = traded(folder, accounts, options.wait, screen)
        except BaseException:
            stop_supervisor(folder, supervisor)
            raise
    return Ready(service, accounts, False, supervisor, again, waiting)


def repaired(folder: Folder, service: Service, supervisor: Record, seconds: float, screen: Screen) -> Ready:
    """Services under a supervisor that lives: what is down or hangs starts again."""
    again = start_again(folder, supervisor, wanted(folder))
    if again:
        with screen.step(f"start {', '.join(again)} again"):
            wait_for(folder, wanted(folder), lambda: is_alive(supervisor), seconds)
    accounts = funded(folder, service, screen)
    return Ready(service, accounts, True, None, again, traded(folder, accounts, seconds, screen))


def traded(folder: Folder, accounts: Sequence, seconds: float, screen: Screen) -> str:
    """Wait until the accounts can trade, if there are any; returns why they cannot."""
    if not accounts:
        return ""
    with screen.step("wait for deposits and prices"):
        return why_not_yet(folder, [key.account for key in accounts], min(seconds, ACCOUNTS_WAIT))


def agreed(folder: Folder, options: Options) -> Service:
    """What is to run: as it was deployed, with what may change; where nothing is deployed, as it is asked for.

    Raises ``NovateError`` (DEPLOYED_OTHERWISE, ALREADY_RUNNING) and as ``planned``.
    """
    known = folder.read() if folder.exists else None
    is_deployed = known is not None and known.is_deployed
    service = known if is_deployed else planned(folder, options)
    for name, asked, found in (
        ("class", options.size_class, service.size_class),
        ("window", options.window, service.window),
        ("chain", options.chain, None if service.chain.embedded else service.chain.url),
    ):
        if asked is not None and asked != found:
            details = {"asked": asked, "deployed": found or "a node of our own"}
            raise NovateError(
                "DEPLOYED_OTHERWISE", f"the contracts are deployed with another {name}", fix="novate reset", **details
            )
    changed = {
        "manual": options.manual,
        "reporters": options.reporters,
        "api": options.api,
        "operator": options.operator,
        "gas_cap": options.gas_cap,
        "policy": {**service.policy, **options.policy} if options.policy else None,
    }
    wished = replace(service, **{name: value for name, value in changed.items() if value is not None})
    if is_deployed and wished != service and running(folder, SUPERVISOR):
        raise NovateError("ALREADY_RUNNING", "the services run otherwise than asked for", fix="novate down")
    return wished


def planned(folder: Folder, options: Options) -> Service:
    """Services that were never set up.

    Raises ``NovateError`` (DEVELOPMENT_ACCOUNT, DEVELOPMENT_KEY, KEY_UNREADABLE) now for what would be refused later.
    """
    is_embedded = options.chain is None
    if is_embedded:
        from verifier.devnet import CHAIN_ID as number

        url = f"http://{options.port or CHAIN}"
    else:
        from verifier.devnet import rpc

        url = str(options.chain)
        number = int(str(rpc(url, "eth_chainId")), 16)
    size_class = options.size_class or DEFAULT_CLASS
    roles_for(number, options.deployer, options.operator_key)
    check_key(number, not has_ceremony_key(folder, size_class))
    markets, instruments = listing.described_markets(listing.recorded_markets())
    window = options.window or (DAY if options.manual else WINDOW)
    return Service(
        size_class=size_class,
        chain=ChainRecord(number, url, is_embedded),
        window=window,
        patience=max(PATIENCE, 2 * window),
        markets=markets,
        instruments=instruments,
        api=API,
        operator=OPERATOR,
        policy={"confirmations": CONFIRMATIONS[number in DEVELOPMENT_CHAINS]},
    )


def has_ceremony_key(folder: Folder, size_class: str) -> bool:
    """Whether a key of these sources' circuit is at hand that nobody made alone: else a development key is made."""
    found = [key for key in keys(folder.keys) if key.class_name == size_class and key.system == pins()[size_class]]
    return bool(found) and not any(key.development for key in found)


def deployed(folder: Folder, service: Service, key, options: Options, screen: Screen) -> Service:
    """The services with contracts."""
    from novate.service import deployment

    tools.announce()
    roles = roles_for(service.chain.id, options.deployer, options.operator_key)
    record = {"class": key.class_name, "circuit": key.system, "digest": key.digest, "development": key.development}
    plan = deployment.Plan(roles, listing.recorded_markets(), [key], options.token)
    return deployment.deploy(folder, replace(service, key=record), plan, screen)


def funded(folder: Folder, service: Service, screen: Screen) -> list:
    """Key files of the accounts that development chains begin with."""
    from novate.client.accounts import KeyFolder
    from novate.service.cast import cast_of, is_funded

    cast = cast_of(service.size_class)
    if is_funded(folder, cast):
        return [KeyFolder(folder.accounts).read(one.name) for one in cast]
    from novate.service import deployment

    return deployment.fund(folder, service, cast, screen)


def wait_for(folder: Folder, names: Sequence[str], is_supervised: Callable[[], bool], seconds: float) -> None:
    """Wait until the processes say that they are ready.

    Raises ``NovateError`` (SERVICE_FAILED, SERVICE_SLOW), the latter with the exit code of a timeout.
    """
    deadline = time.monotonic() + seconds
    while True:
        late = [name for name in names if not is_ready(running(folder, name))]
        if not late:
            return
        if not is_supervised():
            raise NovateError("SERVICE_FAILED", "the supervisor ended", log=str(folder.logs / f"{SUPERVISOR}.err"))
        for name in late:
            said = read(folder, name)
            if said and said.error and not is_alive(said):
                log = str(folder.logs / f"{name}.log")
                fix = said.fix or f"novate logs {name}"
                raise NovateError("SERVICE_FAILED", f"{name}: {said.error}", fix=fix, log=log)
        if time.monotonic() > deadline:
            slow = NovateError("SERVICE_SLOW", f"not ready after {seconds:.0f} s: {', '.join(late)}", fix="novate logs")
            slow.exit_code = Exit.TIMEOUT
            raise slow
        time.sleep(POLL)


def is_ready(record: Record | None) -> bool:
    """Whether a process runs and said so."""
    return record is not None and record.ready


def stop_supervisor(folder: Folder, supervisor: subprocess.Popen) -> None:
    """End what was just started."""
    supervisor.terminate()
    try:
        supervisor.wait(60)
    except subprocess.TimeoutExpired:
        supervisor.kill()


def bring_down(folder: Folder) -> list[str]:
    """Stop everything that runs; returns the names of what did. Nothing acknowledged is lost."""
    record = running(folder, SUPERVISOR)
    before = [name for name in NAMES if running(folder, name)]
    if record:
        end(record, sum(LIMITS.values()) + 10)
    for name in reversed(NAMES):
        left = running(folder, name)
        if left:
            end(left, LIMITS[name])
    return before
