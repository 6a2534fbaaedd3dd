
// Keeps a page up to date while its site is in development: internal/dev/browser.
(() => {
  const script = document.currentScript, page = script.dataset
  script.remove() // no selector of the site sees it

  // at is what the page is of. It tells the server, which says what has changed since.
  let at = page.at, source, retry

  function connect() {
    disconnect()
    source = new EventSource("/_jargo/events?at=" + at)
    source.onmessage = event => {
      const change = JSON.parse(event.data)
      at = change.at
      if (!change.swap || "report" in page || !swap(new Set(change.swap))) reload()
    }
    source.onerror = () => { // the server is being started again, or its host went away
      disconnect()
      retry = setTimeout(connect, 500)
    }
  }

  function disconnect() {
    clearTimeout(retry)
    source?.close()
    source = undefined
  }

  // A browser has six connections for a host: they are for the tabs that are seen.
  function visibility() { document.hidden ? disconnect() : connect() }
  document.addEventListener("visibilitychange", visibility)
  addEventListener("pagehide", disconnect)
  visibility()

  // --- Loading the page again, with its scroll position, also if there was a report.

  const scrollKey = "jargo:scroll"
  const place = location.href.split("#")[0]

  function reload() {
    disconnect()
    if (!("report" in page)) keep({ place, x: scrollX, y: scrollY, restoration: history.scrollRestoration })
    history.scrollRestoration = "manual" // the browser would come back to the top of a report
    if ("method" in page) location.replace(place) // what was sent is not sent again
    else location.reload()
  }

  function keep(scroll) {
    try { sessionStorage.setItem(scrollKey, JSON.stringify(scroll)) } catch { } // a page in a sandbox has none
  }

  function kept() {
    try { return JSON.parse(sessionStorage.getItem(scrollKey)) } catch { }
  }

  const scroll = "report" in page ? undefined : kept()
  if (scroll?.place === place) {
    keep(null)
    const restore = () => scrollTo({ left: scroll.x, top: scroll.y, behavior: "instant" })
    restore()
    addEventListener("load", () => { // images have their sizes now
      restore()
      setTimeout(() => history.scrollRestoration = scroll.restoration) // the browser itself restores after load
    })
  }

  // --- Swapping style sheets and images.

  // pathOf is the path of a public file by its URL, which may have a hash of its content.
  function pathOf(url, base) {
    try {
      url = new URL(url, base)
      if (url.origin !== location.origin) return
      return decodeURIComponent(url.pathname).replace(/\.[0-9a-f]{12}(\.[^./]+)$/, "$1")
    } catch { } // not a URL
  }

  // swap takes the new ones of files. It returns false if the page uses one in a way that
  // only loading it again changes.
  function swap(files) {
    const swapped = new Set()
    const fresh = (url, base = document.baseURI) => {
      const path = pathOf(url, base)
      if (!files.has(path)) return
      swapped.add(path)
      return encodeURI(path).replace(/[?#]/g, encodeURIComponent) + "?jargo=" + at
    }
    for (const element of document.querySelectorAll("link[href],img,picture>source,input[src],video[poster],svg image")) {
      if (element.matches("link") && !element.matches("[rel~=stylesheet],[rel~=icon]")) continue
      for (const name of ["href", "src", "srcset", "poster"]) {
        const value = element.getAttribute(name)
        const next = value?.replace(/[^\s,]+(?=,?(\s|$))/g, url => fresh(url) ?? url)
        if (next === undefined || next === value) continue
        if (element.matches("link[rel~=stylesheet]")) swapSheet(element, next)
        else element.setAttribute(name, next)
      }
    }
    for (const sheet of document.styleSheets) swapInRules(sheet, fresh)
    for (const element of document.querySelectorAll("[style]")) swapInStyle(element.style, document.baseURI, fresh)
    for (const { name } of performance.getEntriesByType("resource")) {
      const path = pathOf(name)
      if (files.has(path) && !swapped.has(path)) return false
    }
    return true
  }

  // swapSheet has the old style sheet stay until the new one is there.
  function swapSheet(old, href) {
    const next = old.cloneNode()
    next.href = href
    next.onload = next.onerror = () => old.remove()
    old.after(next)
  }

  function swapInRules(sheet, fresh) {
    let rules
    try { rules = sheet.cssRules } catch { return } // of another origin
    for (const rule of rules) {
      if (rule.style) swapInStyle(rule.style, sheet.href ?? document.baseURI, fresh)
      if (rule.cssRules) swapInRules({ cssRules: rule.cssRules, href: sheet.href }, fresh)
    }
  }

  function swapInStyle(style, base, fresh) {
    for (const name of [...style]) {
      const value = style.getPropertyValue(name)
      if (!value.includes("url(")) continue
      const next = value.replace(/url\((["']?)(.*?)\1\)/g, (all, quote, url) => {
        const other = fresh(url, base)
        return other ? `url("${other}")` : all
      })
      if (next !== value) style.setProperty(name, next, style.getPropertyPriority(name))
    }
  }

  // --- The site behind a report says that it is not the latest.

  if ("notice" in page) {
    const host = document.createElement("jargo-notice")
    host.setAttribute("role", "status")
    const add = (parent, name, text, css) => {
      const element = parent.appendChild(document.createElement(name))
      element.textContent = text
      element.style.cssText = css // allowed by a policy that forbids styles in HTML
      return element
    }
    host.style.cssText = "all:initial;position:fixed;inset:auto 0 0 0;z-index:2147483647"
    const bar = add(host.attachShadow({ mode: "open" }), "div", "",
      "display:flex;align-items:center;gap:12px;padding:8px 16px;font:14px/1.4 system-ui,sans-serif;color:#fff;background:#3b1219;border-top:2px solid #f2647a")
    add(bar, "span", "The last good build. The latest failed: " + page.notice,
      "flex:1;min-width:0;max-height:4.2em;overflow:hidden;overflow-wrap:anywhere")
    const button = add(bar, "button", "Show the error",
      "font:inherit;color:#3b1219;background:#fff;border:0;border-radius:6px;padding:6px 12px;cursor:pointer;white-space:nowrap")
    button.onclick = () => fetch("/_jargo/behind", { method: "POST", redirect: "manual" }).then(reload)
    document.documentElement.append(host)
  }
})()
