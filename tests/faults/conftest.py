"""The fixtures of the transcription tests serve here too."""

from tests.transcribe.conftest import clips, desk, model_settings

__all__ = ["clips", "desk", "model_settings"]
