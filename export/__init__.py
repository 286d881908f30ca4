"""From a checkpoint to ONNX files, and the proof that they say the same."""
