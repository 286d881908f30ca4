"""The co-performer at run time: session process, performer process, clients."""

import os

# ONNX Runtime's packages count their use and keep what they counted in the user's cache folder.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
