"""The Space card, from spaces_config.yaml into README.md, and the way up to the Hub.

In: a flavour of hardware. Out: the block between the --- lines at the top of README.md, which is all the Hub reads.
Only the files named in UPLOADED ever leave this machine.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from phi4web.errors import BadInput, EngineError, first_line

Flavour = Literal["cpu", "gpu", "zero"]
ROOT = Path(__file__).resolve().parent.parent
# what https://huggingface.co/docs/hub/spaces-config-reference lists, and license, which every repository card has
HUB_FIELDS = frozenset(
    (
        "title", "emoji", "colorFrom", "colorTo", "sdk", "python_version", "sdk_version", "suggested_hardware", "app_file",
        "app_port", "base_path", "fullWidth", "header", "short_description", "models", "datasets", "tags", "thumbnail", "pinned",
        "hf_oauth", "hf_oauth_scopes", "hf_oauth_expiration_minutes", "hf_oauth_authorized_org", "disable_embedding",
        "startup_duration_timeout", "custom_headers", "preload_from_hub", "license",
    )
)  # fmt: skip
UPLOADED = ("app.py", "phi4web/**/*.py", "assets/**/*", "requirements.txt", "README.md", "LICENSE")
_FRONT = re.compile(r"\A---\n.*?^---\n", re.DOTALL | re.MULTILINE)
_REPO = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def card(flavour: Flavour, root: Path = ROOT) -> dict[str, Any]:
    """The fields of one flavour. Raises BadInput for a missing file, or a field that the Hub does not read."""
    path = root / "spaces_config.yaml"
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
        fields: dict[str, Any] = config["common"] | config["flavours"][flavour]
    except OSError as error:
        raise BadInput(f"{path} can't be read: {error.strerror}.") from None
    except (yaml.YAMLError, KeyError, TypeError) as error:
        needs = f"It needs 'common' and 'flavours' with {', '.join(get_args(Flavour))}."
        raise BadInput(f"{path} is not as it should be: {error!r}.", needs) from None
    unknown = sorted(set(fields) - HUB_FIELDS)
    if unknown:
        raise BadInput(f"{path.name}: the Hub does not read {', '.join(unknown)}.", "Remove it, or correct its spelling.")
    return fields


def front_matter(flavour: Flavour, root: Path = ROOT) -> str:
    """The block for the top of README.md, with its --- lines."""
    body = yaml.safe_dump(card(flavour, root), sort_keys=False, allow_unicode=True, width=1000)
    return f"---\n{body}---\n"


def with_front_matter(readme: str, block: str) -> str:
    """The text with `block` at its top, in place of the one it had. Doing it twice changes nothing more."""
    return f"{block}\n{_FRONT.sub('', readme, count=1).lstrip()}"


def render(flavour: Flavour, readme: Path, root: Path = ROOT) -> bool:
    """Writes the block into `readme`. Returns whether that changed anything."""
    block = front_matter(flavour, root)
    try:
        before = readme.read_text(encoding="utf-8") if readme.exists() else ""
        after = with_front_matter(before, block)
        if after != before:
            readme.write_text(after, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{readme} can't be written: {error.strerror}.") from None
    return after != before


def create(repo: str, *, private: bool = False, endpoint: str | None = None) -> str:
    """Makes the Space on the free hardware, if it is not there yet. Returns its address."""
    return str(
        _ask_hub(repo, endpoint, lambda hub: hub.create_repo(repo, repo_type="space", space_sdk="gradio", private=private, exist_ok=True))
    )


def push(repo: str, flavour: Flavour, root: Path = ROOT, *, endpoint: str | None = None) -> str:
    """Uploads the files of UPLOADED, with the card of this flavour. Returns the address of the commit."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _gather(root, folder)
        render(flavour, folder / "README.md", root)
        commit = _ask_hub(
            repo,
            endpoint,
            lambda hub: hub.upload_folder(
                repo_id=repo,
                repo_type="space",
                folder_path=folder,
                allow_patterns=[pattern.replace("/**/", "/**") for pattern in UPLOADED],
                delete_patterns=["phi4web/**", "assets/**"],
                commit_message=f"phi4web for {flavour}",
            ),
        )
    return str(commit.commit_url)


def _gather(root: Path, folder: Path) -> None:
    """Copies what a Space needs, and nothing else that lies in the checkout."""
    for pattern in UPLOADED:
        for source in sorted(root.glob(pattern)):
            if source.is_file():
                target = folder / source.relative_to(root)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)


def _ask_hub(repo: str, endpoint: str | None, ask: Any) -> Any:
    """One call of the Hub with its failures in one line each."""
    import huggingface_hub
    from huggingface_hub.errors import HfHubHTTPError

    if not _REPO.fullmatch(repo):
        raise BadInput(f"{repo[:80]!r} is not the name of a Space.", "Write OWNER/NAME.")
    if huggingface_hub.get_token() is None:
        raise BadInput("There is no Hugging Face token.", "Set HF_TOKEN, or run `hf auth login`; it needs the right to write.")
    try:
        return ask(huggingface_hub.HfApi(endpoint=endpoint))
    except HfHubHTTPError as error:
        raise EngineError(f"The Hub refused: {first_line(error, 200)}") from None
    except OSError as error:
        raise EngineError(f"The Hub can't be reached: {str(error)[:200]}") from None
