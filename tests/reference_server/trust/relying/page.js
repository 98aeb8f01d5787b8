// A page of a browser application on oidc-client-ts; what it came to stands in #told.
const facts = new URLSearchParams(localStorage.getItem('facts') ?? '')
const manager = () => new oidc.UserManager({
  authority: facts.get('authority'),
  client_id: facts.get('client_id'),
  redirect_uri: `${location.origin}/callback`,
  post_logout_redirect_uri: `${location.origin}/bye`,
  scope: 'openid profile offline_access erx.read',
  // The library asks userinfo with a plain bearer token, also where its token is bound to a key.
  ...(facts.has('dpop')
    ? { dpop: { store: new oidc.IndexedDbDPoPStore() } }
    : { loadUserInfo: true }),
})
const tell = (told) => { document.getElementById('told').textContent = JSON.stringify(told) }

async function run() {
  if (location.pathname === '/begin') {
    localStorage.setItem('facts', location.search)
    location.replace('/go')
  } else if (location.pathname === '/go') {
    await manager().signinRedirect()
  } else if (location.pathname === '/callback') {
    const user = await manager().signinRedirectCallback()
    const renewed = await manager().signinSilent()
    tell({
      subject: user.profile.sub, name: user.profile.name ?? null, type: user.token_type,
      renewed: renewed.access_token !== user.access_token, session: user.session_state ?? null,
    })
  } else if (location.pathname === '/leave') {
    await manager().signoutRedirect()
  } else {
    tell({ left: true })
  }
}
run().catch((error) => tell({ error: String(error) }))
