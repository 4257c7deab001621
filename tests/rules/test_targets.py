from pathlib import Path

from iot.rules.targets import Targets
from tests.rules.running import Posts, message


def test_what_actions_need_is_at_hand(targets: Targets, posts: Posts, tmp_path: Path) -> None:
    codes: list[int] = []
    targets.post(message({}), codes.append)
    assert (codes, len(posts.messages)) == ([0], 1)
    assert targets.data == tmp_path
    assert targets.aws.region("sqs") == targets.scope.region
