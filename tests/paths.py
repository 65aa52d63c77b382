"""Where real problems lie: a dozen in the repository, and whole public sets in a folder beside the checkout."""

from pathlib import Path

DOZEN = Path(__file__).parent / "fixtures" / "formalgeo7k"
SHARED = Path(__file__).resolve().parents[1].parent / "shared"
FORMALGEO7K = SHARED / "data" / "formalgeo7k_v1"
GSM8K = SHARED / "data" / "gsm8k_train"
OMNI_MATH = SHARED / "data" / "omni_math"
GEOMETRY3K = SHARED / "data" / "geometry3k"
