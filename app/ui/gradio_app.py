"""The page put together, and the local server for it."""

from __future__ import annotations

import importlib.util
import threading
import webbrowser
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any

import gradio as gr

from app.ui.api.calls import NamedCalls
from app.ui.api.failures import ApiStatus
from app.ui.api.functions import PublicApi
from app.ui.chat_part import ChatPart
from app.ui.chats_part import ChatsPart
from app.ui.compare_part import add_compare_tab
from app.ui.digest_part import add_digest_tab
from app.ui.door.caller import caller_of
from app.ui.door.door import OPEN_DOOR, Door
from app.ui.door.guard import MCP_PATH, Guard
from app.ui.door.health import Health
from app.ui.door.signed_in import SignedIn
from app.ui.duel_part import Duels, add_duel_tab
from app.ui.embedder_part import EmbedderPart
from app.ui.feedback_part import FeedbackPart
from app.ui.headers import SafeHeaders
from app.ui.keeping import Keeping
from app.ui.library_part import LibraryPart
from app.ui.library_tab import add_library_tab
from app.ui.local_server import believing, free_port, inside_a_loop, no_proxy_for_ourselves
from app.ui.map_part import add_map_tab
from app.ui.models_part import ModelsPart
from app.ui.service import ChatService, KeepsConversations
from app.ui.theme import CSS_FILES, page_head, theme

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 7860
_HANDLERS_AT_ONCE = 10
_KEPT_SESSIONS = 1000
_CACHE_AGE = 24 * 3600


def build(
    service: ChatService, duels: Duels | None = None, door: Door = OPEN_DOOR, public: PublicApi | None = None
) -> gr.Blocks:
    """The page for a service. Serve it with `launch`, which adds its looks and its guards."""
    public = public or PublicApi(service, door.limits)
    return inside_a_loop(lambda: _drawn(service, duels, door, public))


def _drawn(service: ChatService, duels: Duels | None, door: Door, public: PublicApi) -> gr.Blocks:
    store = service.conversations if isinstance(service, KeepsConversations) else None
    keeping = Keeping(store)
    chat, library = ChatPart(service, door.limits, keeping), LibraryPart(service)
    chats = ChatsPart(store, keeping, chat) if store is not None else None
    feedback = FeedbackPart(store, chat) if store is not None else None
    models, embedder = ModelsPart(service), EmbedderPart(service)
    page: gr.Blocks = gr.Blocks(
        title="askpapers",
        analytics_enabled=False,
        fill_width=True,
        fill_height=True,
        delete_cache=(3600, _CACHE_AGE),
    )
    with page:
        public.draw()
        models.draw_state()
        library.draw_head()
        if door.people:
            SignedIn(door.root_path).draw(page)
        with gr.Tabs(elem_id="ap-tabs"):
            with (
                gr.Tab("Chat", elem_id="ap-chat-tab"),
                gr.Row(elem_id="ap-main", equal_height=False),
            ):
                if chats:
                    chats.draw()
                with gr.Column(scale=3, elem_id="ap-left", min_width=300):
                    if chats:
                        chats.draw_fold()
                    chat.draw_chat(*([feedback.draw] if feedback else []))
                with gr.Column(scale=2, elem_id="ap-right", min_width=300):
                    library.draw_begin()
                    models.draw()
                    embedder.draw()
                    chat.draw_evidence()
            compare = add_compare_tab(service, chat)
            shelves = add_library_tab(service, chat, compare, library.reading)
            add_map_tab(service, chat)
            add_digest_tab(service, chat, models.pick)
            if duels:
                add_duel_tab(duels, door.limits)
        answered = chat.wire(models.pick)
        changed = [*library.wire(models.pick), *(shelves.wire() if shelves else [])]
        quiet = {"show_progress": "hidden", "api_visibility": "private"}
        if chats:
            chats.wire(page, answered, **quiet)
        if chats and feedback:
            feedback.wire(chats.changed, **quiet)
        picked = [*models.wire(**quiet), *embedder.wire(**quiet)]
        page.load(models.refreshed, **models.refreshing())
        # With kept chats it is known only once they are there whether a conversation has begun.
        for event in (*(each.then for each in changed), *([] if chats else [page.load])):
            event(chat.offer_examples, **chat.offering())
        # After an answer too: another process may have added papers since.
        for event in (page.load, answered.then, *(each.then for each in (*picked, *changed))):
            event(library.refreshed, **library.refreshing(models.pick))
    page.queue(default_concurrency_limit=_HANDLERS_AT_ONCE, api_open=False)
    return page


@dataclass(frozen=True)
class Server:
    """A page that is being served."""

    url: str
    page: gr.Blocks

    @property
    def mcp_url(self) -> str:
        """Where MCP clients find the tools; nothing if the package for that is not installed."""
        return f"{self.url.rstrip('/')}{MCP_PATH}/" if self.page.mcp_server_obj else ""

    def wait(self) -> None:
        """Until Ctrl-C; then the server is closed."""
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            self.close()

    def close(self) -> None:
        self.page.close(verbose=False)


def launch(
    service: ChatService,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    *,
    open_browser: bool = False,
    duels: Duels | None = None,
    door: Door = OPEN_DOOR,
) -> Server:
    """Serve the page in the background and return at once; `Server.wait` blocks. Port 0 picks a free one. `door` says
    who may come in, and how much they may ask."""
    host = host.strip("[]")
    port = free_port(host, port)
    public = PublicApi(service, door.limits)
    page = build(service, duels, door, public)
    mcp = importlib.util.find_spec("mcp") is not None
    layers: list[Any] = [
        (SafeHeaders, (), {}),
        (Guard, (door, Health(service), mcp), {}),
        (ApiStatus, (), {}),
        (NamedCalls, (public.functions,), {}),
    ]
    with no_proxy_for_ourselves(host), believing(door.proxies), redirect_stdout(StringIO()):  # it tells of MCP there
        inside_a_loop(lambda: _serve(page, host, port, door, mcp, layers))
    server = Server(f"http://{_in_url({'0.0.0.0': '127.0.0.1', '::': '::1'}.get(host, host))}:{port}/", page)
    if open_browser:
        webbrowser.open(server.url)
    return server


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _serve(page: gr.Blocks, host: str, port: int, door: Door, mcp: bool, layers: Sequence[Any]) -> None:
    page.launch(
        server_name=_in_url(host),
        server_port=port,
        prevent_thread_lock=True,
        inbrowser=False,
        share=False,
        show_error=False,
        quiet=True,
        theme=theme(),
        css_paths=CSS_FILES,
        head=page_head(),
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        mcp_server=mcp,
        ssr_mode=False,
        pwa=False,
        root_path=door.root_path,
        # The name that handlers see in their requests; the guard has asked for it.
        auth_dependency=(lambda request: caller_of(request).name or None) if door.people else None,
        max_file_size=f"{door.limits.upload_mb}mb",
        state_session_capacity=_KEPT_SESSIONS,
        app_kwargs={"middleware": layers, "docs_url": None, "redoc_url": None},
    )
