"""What counts as a storage transaction of a sweep."""

from benchmarks.sweep import Requests

QUEUES = "http://127.0.0.1:10001/devstoreaccount1"
BLOBS = "http://127.0.0.1:10000/devstoreaccount1"


def counted(*requests: tuple[str, str]) -> Requests:
    found = Requests()
    for method, url in requests:
        found.note(method, url, 10001)
    return found


def test_every_blob_request_counts_whatever_it_does() -> None:
    found = counted(("GET", f"{BLOBS}/c/a"), ("PUT", f"{BLOBS}/c/a"), ("DELETE", f"{BLOBS}/c/a"))
    assert (found.blobs, found.queues) == (3, 0)


def test_a_poll_counts_only_through_the_message_it_brought() -> None:
    poll = ("GET", f"{QUEUES}/sweep-pages/messages?numofmessages=16")
    settled = ("DELETE", f"{QUEUES}/sweep-pages/messages/1?popreceipt=x")
    assert counted(poll, poll).queues == 0
    assert counted(poll, poll, settled).queues == 2


def test_sending_renewing_and_making_a_queue_count() -> None:
    found = counted(
        ("PUT", f"{QUEUES}/sweep-pages"),
        ("POST", f"{QUEUES}/sweep-pages/messages"),
        ("PUT", f"{QUEUES}/sweep-pages/messages/1?popreceipt=x"),
    )
    assert found.queues == 3


def test_a_sweep_is_over_when_its_finish_message_is_settled() -> None:
    page = ("DELETE", f"{QUEUES}/sweep-pages/messages/1?popreceipt=x")
    finish = ("DELETE", f"{QUEUES}/sweep-finish/messages/1?popreceipt=x")
    assert not counted(page).finished.is_set()
    assert counted(page, finish).finished.is_set()
