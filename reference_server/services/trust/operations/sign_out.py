"""A session ends: what hangs on it is revoked, and clients that ask to be told are noted down."""

from reference_server.kernel.store import Transaction
from reference_server.services.trust import store
from reference_server.services.trust.operations.context import seconds_now
from reference_server.world import World

_NOTICE_SECONDS = 3600


def sign_out_everywhere(world: World, username: str) -> int:
    """End every session of a person, for whoever runs the World; return how many there were."""
    with world.store.write() as tx:
        sessions = store.sessions_of(tx, username)
        return sum(end_session(world, tx, sid=each.sid, subject=username) for each in sessions)


def end_session(world: World, tx: Transaction, *, sid: str, subject: str) -> bool:
    """End a session; False when it already was. What was granted offline stays.

    OpenID Connect Back-Channel Logout §2.7: refresh tokens without `offline_access` are revoked.
    """
    if not store.close_session(tx, sid):
        return False
    now = seconds_now(world)
    until = now + max(world.settings.access_token_seconds, world.settings.refresh_seconds)
    for grant_id in store.online_grants(tx, sid):
        store.revoke(tx, grant_id, expires_at=until)
    for client_id in store.clients_of(tx, sid):
        client = store.client(tx, client_id)
        if client is not None and client.logout.backchannel_uri:
            notice = store.Notice(
                notice_id=world.ids.uuid(),
                client_id=client_id,
                uri=client.logout.backchannel_uri,
                subject=subject,
                sid=sid,
            )
            store.put_notice(tx, notice, due_at=now, expires_at=now + _NOTICE_SECONDS)
    return True
