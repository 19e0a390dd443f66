"""What somebody reads who asks too often, or too much at once."""

from __future__ import annotations

from app.ui.door.caller import Caller, network_of
from app.ui.door.limits import Limits

ADA, BO = Caller("ada", "192.0.2.1"), Caller("", "192.0.2.1")


def test_words_for_one_person() -> None:
    """They read how many they asked and when the next can be; another person is not held up."""
    now = [0.0]
    limits = Limits(20, 0, clock=lambda: now[0])
    assert not any(limits.refusal(ADA) for _ in range(20))
    now[0] = 46.2
    refused = limits.refusal(ADA)
    assert refused
    assert refused.words == "You have asked 20 questions in this minute; the next can be asked in 14 s."
    assert refused.wait == 14
    assert limits.refusal(BO) is None


def test_words_for_everybody() -> None:
    """What all ask together is limited too, and whoever meets that has not used up their own."""
    now = [0.0]
    limits = Limits(2, 1, clock=lambda: now[0])
    assert limits.refusal(ADA) is None
    refused = limits.refusal(BO)
    assert refused
    assert refused.words == "Many people are asking: 1 question came in this minute. Yours can be asked in 60 s."
    now[0] = 61
    assert limits.refusal(BO) is None


def test_length() -> None:
    """A question that is too long is told so with both numbers; there is no limit of pace unless one is given."""
    limits = Limits(question_chars=100)
    assert limits.too_long("x" * 100) == ""
    assert "1,001 characters; the limit is 100" in limits.too_long("x" * 1001)
    assert not any(limits.refusal(BO) for _ in range(500))


def test_a_network_is_one_person() -> None:
    """Addresses of one IPv6 network count as one; those of IPv4 and what is none are left as they are."""
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:2") != network_of("2001:db8:0:1::1")
    assert network_of("192.0.2.1") == "192.0.2.1"
    assert network_of("testclient") == "testclient"
    assert Caller("ada", "x").key != Caller("", "ada").key
