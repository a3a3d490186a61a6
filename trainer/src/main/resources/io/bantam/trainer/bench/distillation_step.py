"""The work of TrainingBenchmark, written as plain PyTorch: what a person would type without this project.

Takes one JSON object as its argument: layers, width, heads, vocabulary, batch, tokens, steps, warmup, threads, device
(cpu or gpu), bfloat16, compiled. Prints one: torch, secondsPerStep (the median), peakBytes.
"""
import json
import math
import resource
import statistics
import sys
import time

import torch
from torch.nn import functional

work = json.loads(sys.argv[1])
device = "cuda" if work["device"] == "gpu" else "cpu"
width, heads, tokens = work["width"], work["heads"], work["tokens"]


def straight_through(value, quantized):
    """The quantized value forward, the gradient of the value itself backward."""
    return value + (quantized - value).detach()


def signs(weight):
    """1 bit a weight: its sign times the row's mean magnitude."""
    size = weight.abs().mean(1, keepdim=True)
    return straight_through(weight, torch.where(weight < 0, -size, size))


def bytes_by_row(value):
    """8 bits, one symmetric grid a row."""
    step = value.detach().abs().max(-1, keepdim=True)[0].clamp(min=1e-8) / 127
    return straight_through(value, torch.round(value / step).clamp(-128, 127) * step)


def parameters(layers):
    def normal(*shape):
        return torch.randn(*shape, device=device) * 0.02

    model = {"words": normal(work["vocabulary"], width), "places": normal(tokens, width)}
    norms = ["last"]
    for n in range(layers):
        norms += [f"{n}.before", f"{n}.between"]
        for name, rows, columns in (
            ("attend", 3 * width, width),
            ("gather", width, width),
            ("widen", 4 * width, width),
            ("narrow", width, 4 * width),
        ):
            model[f"{n}.{name}"] = normal(rows, columns)
            model[f"{n}.{name}.bias"] = torch.zeros(rows, device=device)
    for norm in norms:
        model[norm] = torch.ones(width, device=device)
        model[norm + ".bias"] = torch.zeros(width, device=device)
    return model


def forward(model, layers, ids, quantized):
    """Logits, and the residual stream before the first block and behind each."""

    def norm(x, name):
        return functional.layer_norm(x, (width,), model[name], model[name + ".bias"])

    def linear(x, name):
        weight = model[name]
        if quantized:
            x, weight = bytes_by_row(x), signs(weight)
        return functional.linear(x, weight, model[name + ".bias"])

    def attention(x):
        parts = [
            part.reshape(part.shape[0], tokens, heads, -1).transpose(1, 2) for part in x.chunk(3, dim=-1)
        ]
        if hasattr(functional, "scaled_dot_product_attention"):
            mixed = functional.scaled_dot_product_attention(*parts, is_causal=True)
        else:
            query, key, value = parts
            scores = query @ key.transpose(2, 3) / math.sqrt(query.shape[-1])
            later = torch.ones(tokens, tokens, dtype=torch.bool, device=device).triu(1)
            mixed = torch.softmax(scores.masked_fill(later, -math.inf), -1) @ value
        return mixed.transpose(1, 2).flatten(2)

    words = bytes_by_row(model["words"]) if quantized else model["words"]
    stream = functional.embedding(ids, words) + model["places"]
    streams = [stream]
    for n in range(layers):
        stream = stream + linear(attention(linear(norm(stream, f"{n}.before"), f"{n}.attend")), f"{n}.gather")
        wide = functional.gelu(linear(norm(stream, f"{n}.between"), f"{n}.widen"), approximate="tanh")
        stream = stream + linear(wide, f"{n}.narrow")
        streams.append(stream)
    return functional.linear(norm(stream, "last"), words), streams


def loss(ids):
    with torch.autocast(device, dtype=torch.bfloat16, enabled=work["bfloat16"]):
        with torch.no_grad():
            wanted, wanted_streams = forward(teacher, work["layers"], ids, False)
        found, found_streams = forward(student, work["layers"] // 2, ids, True)
    wanted, found = (x.float().flatten(0, 1).log_softmax(1) for x in (wanted, found))
    total = functional.kl_div(found, wanted, reduction="batchmean", log_target=True)
    for n, stream in enumerate(found_streams):
        total = total + functional.mse_loss(stream.float(), wanted_streams[2 * n].float())
    return total


def wait():
    if device == "cuda":
        torch.cuda.synchronize()


if work["threads"] > 0:
    torch.set_num_threads(work["threads"])
torch.manual_seed(1)
torch.backends.cuda.matmul.allow_tf32 = True
teacher = parameters(work["layers"])
student = {name: value.requires_grad_() for name, value in parameters(work["layers"] // 2).items()}
optimizer = torch.optim.AdamW(
    list(student.values()), lr=5e-4, weight_decay=0.01, **({"fused": True} if device == "cuda" else {})
)
measured = torch.compile(loss) if work["compiled"] else loss
seconds = []
for step in range(work["warmup"] + work["steps"]):
    ids = torch.randint(work["vocabulary"], (work["batch"], tokens), device=device)
    wait()
    start = time.perf_counter()
    optimizer.zero_grad(set_to_none=True)
    measured(ids).backward()
    torch.nn.utils.clip_grad_norm_(list(student.values()), 1.0)
    optimizer.step()
    wait()
    if step >= work["warmup"]:
        seconds.append(time.perf_counter() - start)
peak = torch.cuda.max_memory_allocated() if device == "cuda" else 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"torch": torch.__version__, "secondsPerStep": statistics.median(seconds), "peakBytes": peak}))
