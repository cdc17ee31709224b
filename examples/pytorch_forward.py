"""The NLL of a piece under a model file of pno, computed with torch and the standard library alone.

  pno tokens a.mid > a.txt && python3 pytorch_forward.py model.safetensors a.txt

prints nats per token in windows of the model's context, as `pno eval` does (docs/formats.md)."""
import json, math, struct, sys
import torch, torch.nn.functional as F

def read_model(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = bytearray(file.read())
    metadata, arrays = header.pop("__metadata__"), {}
    dtypes = {"F32": torch.float32, "BF16": torch.bfloat16, "I8": torch.int8}
    for name, array in header.items():
        first, last = array["data_offsets"]
        flat = torch.frombuffer(data, dtype=torch.uint8)[first:last]
        arrays[name] = flat.view(dtypes[array["dtype"]]).reshape(array["shape"]).float()
    for name in [n for n in arrays if n + ".scale" in arrays]:
        arrays[name] = arrays[name] * arrays[name + ".scale"][..., None]
    return metadata, arrays

def ids(lines, metadata):
    shifts, bins = (int(metadata["vocabulary." + n]) for n in ("max_shift_steps", "velocity_bins"))
    first = {"NOTE_ON": 0, "NOTE_OFF": 128, "TIME_SHIFT": 255, "VELOCITY": 256 + shifts,
             "BOS": 256 + shifts + bins, "EOS": 257 + shifts + bins}
    events = (line.split("#")[0].split() for line in lines)
    return torch.tensor([first[e[0]] + int(e[1] if len(e) > 1 else 0) for e in events if e])

def attention(qkv, w, layer, config):
    T, H, D = len(qkv), int(config("heads")), int(config("attention_width")) // int(config("heads"))
    q, k, v = qkv.reshape(T, 3, H, D).permute(1, 2, 0, 3)  # [H, T, D] each
    kind, rows = config("attention"), int(config("max_distance"))
    distance = torch.arange(T)[:, None] - torch.arange(T)  # i - j
    row = distance.clamp(0, rows - 1)
    logits = q @ k.transpose(1, 2)
    if kind != "absolute":
        products = q @ w(layer + "relative_keys").transpose(1, 2)  # [H, T, R]
        relative = products.gather(2, row.expand(H, T, T))
        logits += relative if kind == "shaw" else relative * (distance < rows)
    seen = distance >= 0
    if kind == "relative_local":  # the query's own block and the one before it
        block = torch.arange(T) // int(config("block"))
        seen &= block[:, None] - block <= 1
    weights = (logits / math.sqrt(D)).masked_fill(~seen, -math.inf).softmax(2)
    out = weights @ v
    if kind == "shaw":
        rows_of_weights = torch.zeros(H, T, rows).scatter_add(2, row.expand(H, T, T), weights)
        out += rows_of_weights @ w(layer + "relative_values")
    return out.transpose(0, 1).reshape(T, H * D)

def logits(tokens, metadata, w):
    config = lambda name: metadata["model." + name]
    norm = lambda x, name: F.layer_norm(x, x.shape[-1:], w(name + ".weight"), w(name + ".bias"), 1e-5)
    T, C = len(tokens), int(config("width"))
    x = math.sqrt(C) * w("embedding")[tokens]
    absolute = config("attention") == "absolute"
    if config("position") == "sinusoidal" or (config("position") == "automatic" and absolute):
        c = torch.arange(C)
        angles = torch.arange(T)[:, None] / 10000 ** ((c - c % 2) / C)
        x = x + torch.where(c % 2 == 0, angles.sin(), angles.cos())
    activation = {"relu": F.relu, "gelu": F.gelu}[config("activation")]
    for n in range(int(config("layers"))):
        layer = f"layers.{n}."
        qkv = norm(x, layer + "attention_norm") @ w(layer + "qkv.weight").T
        x = x + attention(qkv, w, layer, config) @ w(layer + "attention_out.weight").T
        inner = F.linear(norm(x, layer + "ff_norm"), w(layer + "ff_in.weight"), w(layer + "ff_in.bias"))
        x = x + F.linear(activation(inner), w(layer + "ff_out.weight"), w(layer + "ff_out.bias"))
    output = "embedding" if config("tie_embeddings") == "true" else "output.weight"
    return F.linear(norm(x, "final_norm"), w(output), w("output.bias"))

metadata, arrays = read_model(sys.argv[1])
tokens, context = ids(open(sys.argv[2], encoding="utf-8"), metadata), int(metadata["model.context"])
total = 0.0
with torch.no_grad():
    for first in range(0, len(tokens) - 1, context):
        window = tokens[first:first + context + 1]
        predicted = logits(window[:-1], metadata, arrays.__getitem__)
        total += F.cross_entropy(predicted, window[1:], reduction="sum").item()
print(f"{total / (len(tokens) - 1):.6f}")
