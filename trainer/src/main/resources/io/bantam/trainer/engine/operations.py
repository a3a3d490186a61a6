class Ops(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # The operations in this file, in its order, and the papers whose ideas they are:
  #   quantizers            binary (XNOR-Net, arXiv:1603.05279), ternary (Ternary Weight Networks, arXiv:1605.04711),
  #                         symmetric and asymmetric grids (XTC, arXiv:2206.01859), straight_through (arXiv:1308.3432)
  #   activations           quantized_input: scales of tokens or of groups of features, or running ranges (XTC)
  #   transformer           norm (arXiv:1607.06450, arXiv:1910.07467), turned: rotary positions (arXiv:2104.09864),
  #                         shared: heads that share keys (arXiv:2305.13245), activated: gates (arXiv:2002.05202),
  #                         attention, block, decode
  #   losses over words     remembered_losses: a cached teacher, vocabulary_losses: distillation (arXiv:1503.02531)
  #   a micro-batch         hidden_term and attention_term (TinyBERT, arXiv:1909.10351), recomputed: blocks run again
  #                         for the backward pass (arXiv:1604.06174), gradients: all of a step
  #   update                clip, adamw (arXiv:1711.05101)
  #   without gradient      logits, evaluate, top_k, streams, block_inputs
  #   one block             block_part, block_gradients, block_error
  # Models with an encoder are in encoder.py, products without gradient in onednn.py and plain.py.
  #
  # A call from outside passes tensors and lists of tensors alone: flags and sizes come as entries of a tensor, which
  # the constants below number. A line NAME : Final[int] is an addition of ours to the dialect, see TorchScriptArchive.

  # dtype: PyTorch's numbers of the formats.
  INT64 : Final[int] = 4
  FLOAT32 : Final[int] = 6
  FLOAT64 : Final[int] = 7
  BFLOAT16 : Final[int] = 15

  # scheme: how a weight or an activation is quantized. GROUP: weights or features that share a grid, 0 for all; of an
  # activation, STATIC_RANGE says that it has the given range.
  FUSED_FORM : Final[int] = 0
  BITS : Final[int] = 1
  GROUP : Final[int] = 2
  STATIC_RANGE : Final[int] = 1

  # FUSED_FORM: the numbers of Quantizer.FusedForm in io.bantam.compression.quantizer.
  FLOATING_POINT : Final[int] = 0
  BINARY : Final[int] = 1
  TERNARY : Final[int] = 2
  SYMMETRIC : Final[int] = 3
  ASYMMETRIC : Final[int] = 4

  # shape: how a pass computes.
  DTYPE : Final[int] = 0
  CHUNK : Final[int] = 1
  EXPLICIT : Final[int] = 2
  CLIPPED : Final[int] = 3
  RECOMPUTE : Final[int] = 4

  # shape of operations on one block; PART is one of the five behind it, those of DecoderBlock.Part.
  BLOCK_EXPLICIT : Final[int] = 1
  PART : Final[int] = 1
  BEFORE_ATTENTION : Final[int] = 0
  ATTENTION_PROJECTION : Final[int] = 1
  FEED_FORWARD : Final[int] = 2
  FEED_FORWARD_PROJECTION : Final[int] = 3
  END : Final[int] = 4

  # form: the architecture of a decoder.
  HEADS : Final[int] = 0
  KEY_VALUE_HEADS : Final[int] = 1
  HEAD_WIDTH : Final[int] = 2
  NORM : Final[int] = 3
  POSITIONS : Final[int] = 4
  ACTIVATION : Final[int] = 5
  PARALLEL : Final[int] = 6
  FIRST_SINUSOID : Final[int] = 7

  # form[NORM]
  LAYER_NORM : Final[int] = 0
  ROOT_MEAN_SQUARE : Final[int] = 1

  # form[POSITIONS]
  LEARNED : Final[int] = 0
  ROTARY_HALVES : Final[int] = 1
  ROTARY_NEIGHBOURS : Final[int] = 2
  SINUSOIDS : Final[int] = 3

  # form[ACTIVATION], and NO_FUNCTION for a product without one.
  NO_FUNCTION : Final[int] = -1
  TANH_GELU : Final[int] = 0
  SWIGLU : Final[int] = 1
  ERF_GELU : Final[int] = 2

  # constants: numbers of the architecture, in float64; from ANGLES on the angle a position of every rotary pair or
  # sinusoid.
  EPSILON : Final[int] = 0
  ROTARY_MAGNITUDE : Final[int] = 1
  EMBEDDING_SCALE : Final[int] = 2
  ANGLES : Final[int] = 3

  # p: where blocks begin, tensors of each, and their places in it; a bias stands behind its weight.
  BEFORE_BLOCKS : Final[int] = 2
  BLOCK_TENSORS : Final[int] = 12
  LN_1 : Final[int] = 0
  C_ATTN : Final[int] = 2
  C_PROJ : Final[int] = 4
  LN_2 : Final[int] = 6
  C_FC : Final[int] = 8
  MLP_PROJ : Final[int] = 10

  # terms: weights of the losses over the vocabulary, and sums of them by the same numbers.
  KL : Final[int] = 0
  SOFT : Final[int] = 1
  LABELS : Final[int] = 2
  TEMPERATURE : Final[int] = 3

  # numbers of a step: weights of the other losses, its part of the optimizer step, momentum of running ranges.
  HIDDEN_WEIGHT : Final[int] = 0
  ATTENTION_WEIGHT : Final[int] = 1
  SHARE : Final[int] = 2
  MOMENTUM : Final[int] = 3

  # numbers of an update.
  LEARNING_RATE : Final[int] = 0
  BETA_1 : Final[int] = 1
  BETA_2 : Final[int] = 2
  ADAM_EPSILON : Final[int] = 3
  WEIGHT_DECAY : Final[int] = 4

  # maps: a row for each pair of states or scores that a loss compares: what, of the student, of the teacher.
  PAIR_KIND : Final[int] = 0
  OWN : Final[int] = 1
  TAUGHT : Final[int] = 2

  # A row's PAIR_KIND.
  HIDDEN : Final[int] = 0
  ATTENTION : Final[int] = 1

  def entry(self: __torch__.Ops, table: Tensor, at: int) -> int:
    return int(torch.select(table, 0, at))

  def number(self: __torch__.Ops, table: Tensor, at: int) -> float:
    return float(torch.select(table, 0, at))

  def whole(self: __torch__.Ops, values: Tensor) -> List[int]:
    numbers = annotate(List[int], [])
    for i in range(torch.size(values, 0)):
      numbers.append(self.entry(values, i))
    return numbers

  # ---- Quantizers: the fused forms of io.bantam.compression.quantizer, which defines them. Each has two methods: the
  # values on the grid, and, called _reach, whether a weight lies at most half a step beyond the grid's ends.
  # g: [groups, weights a group]. ----

  # One scale a group and the sign (XNOR-Net, arXiv:1603.05279).
  def binary(self: __torch__.Ops, g: Tensor) -> Tensor:
    scale = torch.to(torch.mean(torch.abs(g), [1], True, dtype=self.FLOAT64), self.FLOAT32)
    # Of g + 0, so that -0 counts as positive.
    return torch.copysign(scale, torch.add(g, 0.))

  # The two values are twice the scale apart.
  def binary_reach(self: __torch__.Ops, g: Tensor) -> Tensor:
    size = torch.abs(g)
    return torch.le(size, torch.mul(torch.to(torch.mean(size, [1], True, dtype=self.FLOAT64), self.FLOAT32), 2.))

  # Which weights of a ternary group are kept, as 1 and 0, and the mean magnitude of these (Ternary Weight Networks,
  # arXiv:1605.04711).
  def ternary_grid(self: __torch__.Ops, size: Tensor) -> Tuple[Tensor, Tensor]:
    mean = torch.to(torch.mean(size, [1], True, dtype=self.FLOAT64), self.FLOAT32)
    kept = torch.to(torch.gt(size, torch.mul(mean, 0.7)), self.FLOAT32)
    count = torch.clamp(torch.sum(kept, [1], True), 1.)
    scale = torch.to(torch.div(torch.sum(torch.mul(size, kept), [1], True, dtype=self.FLOAT64), count), self.FLOAT32)
    return (kept, scale)

  def ternary(self: __torch__.Ops, g: Tensor) -> Tensor:
    kept, scale = self.ternary_grid(torch.abs(g))
    return torch.mul(torch.mul(torch.sign(g), kept), scale)

  def ternary_reach(self: __torch__.Ops, g: Tensor) -> Tensor:
    size = torch.abs(g)
    kept, scale = self.ternary_grid(size)
    return torch.le(size, torch.mul(scale, 1.5))

  # Scales to divide by: 1 in place of 0, so that a group of zeros stays zeros.
  def divisor(self: __torch__.Ops, scale: Tensor) -> Tensor:
    return torch.where(torch.gt(scale, 0), scale, torch.ones_like(scale))

  # Uniform grids by XTC's rule, arXiv:2206.01859. Symmetric: scale = largest magnitude / 2^(bits - 1).
  def symmetric_scale(self: __torch__.Ops, largest: Tensor, bits: int) -> Tensor:
    return torch.div(largest, float(torch.pow(2, bits - 1)))

  def on_symmetric_grid(self: __torch__.Ops, x: Tensor, scale: Tensor, bits: int) -> Tensor:
    half = float(torch.pow(2, bits - 1))
    code = torch.clamp_(torch.round_(torch.div(x, self.divisor(scale))), -half, half - 1.)
    return torch.mul_(code, scale)

  def symmetric(self: __torch__.Ops, g: Tensor, bits: int) -> Tensor:
    return self.on_symmetric_grid(g, self.symmetric_scale(torch.amax(torch.abs(g), [1], True), bits), bits)

  def symmetric_reach(self: __torch__.Ops, g: Tensor, bits: int) -> Tensor:
    half = float(torch.pow(2, bits - 1))
    scale = self.symmetric_scale(torch.amax(torch.abs(g), [1], True), bits)
    return self.between(torch.div(g, self.divisor(scale)), -half, half - 1., scale)

  # Asymmetric: scale = (max - min) / 2^bits, and the value of code 0 is a whole number of steps.
  def asymmetric_grid(self: __torch__.Ops, low: Tensor, high: Tensor, bits: int) -> Tuple[Tensor, Tensor]:
    scale = torch.div(torch.sub(high, low), float(torch.pow(2, bits)))
    zero = torch.mul(torch.round(torch.div(low, self.divisor(scale))), scale)
    return (scale, zero)

  def on_asymmetric_grid(self: __torch__.Ops, x: Tensor, scale: Tensor, zero: Tensor, bits: int) -> Tensor:
    levels = float(torch.pow(2, bits))
    code = torch.clamp_(torch.round_(torch.div(torch.sub(x, zero), self.divisor(scale))), 0., levels - 1.)
    return torch.add_(torch.mul_(code, scale), zero)

  def asymmetric(self: __torch__.Ops, g: Tensor, bits: int) -> Tensor:
    scale, zero = self.asymmetric_grid(torch.amin(g, [1], True), torch.amax(g, [1], True), bits)
    return self.on_asymmetric_grid(g, scale, zero, bits)

  def asymmetric_reach(self: __torch__.Ops, g: Tensor, bits: int) -> Tensor:
    levels = float(torch.pow(2, bits))
    scale, zero = self.asymmetric_grid(torch.amin(g, [1], True), torch.amax(g, [1], True), bits)
    return self.between(torch.div(torch.sub(g, zero), self.divisor(scale)), 0., levels - 1., scale)

  # Whether steps lie within half a step of the codes from lowest to highest; all do where there is no scale.
  def between(self: __torch__.Ops, steps: Tensor, lowest: float, highest: float, scale: Tensor) -> Tensor:
    within = torch.logical_and(torch.ge(steps, lowest - 0.5), torch.le(steps, highest + 0.5))
    return torch.logical_or(within, torch.eq(scale, 0))

  # The one place that knows all fused forms.
  def fused(self: __torch__.Ops, g: Tensor, fused_form: int, bits: int) -> Tensor:
    q = g
    if fused_form == self.BINARY:
      q = self.binary(g)
    elif fused_form == self.TERNARY:
      q = self.ternary(g)
    elif fused_form == self.SYMMETRIC:
      q = self.symmetric(g, bits)
    elif fused_form == self.ASYMMETRIC:
      q = self.asymmetric(g, bits)
    return q

  def fused_reach(self: __torch__.Ops, g: Tensor, fused_form: int, bits: int) -> Tensor:
    r = torch.ones_like(g)
    if fused_form == self.BINARY:
      r = self.binary_reach(g)
    elif fused_form == self.TERNARY:
      r = self.ternary_reach(g)
    elif fused_form == self.SYMMETRIC:
      r = self.symmetric_reach(g, bits)
    elif fused_form == self.ASYMMETRIC:
      r = self.asymmetric_reach(g, bits)
    return r

  # Elements that a core's cache has room for, several arrays of them.
  def cached(self: __torch__.Ops) -> int:
    return 208896

  # A weight on its grid, without gradient. GROUP 0 of its scheme is the whole tensor.
  # On a CPU as many groups at a time as stay in its cache.
  def quantized_weight(self: __torch__.Ops, w: Tensor, scheme: Tensor) -> Tensor:
    fused_form = self.entry(scheme, self.FUSED_FORM)
    bits = self.entry(scheme, self.BITS)
    group = self.entry(scheme, self.GROUP)
    q = torch.detach(w)
    if fused_form != self.FLOATING_POINT:
      if group == 0:
        group = torch.numel(q)
      g = torch.reshape(q, [-1, group])
      groups = torch.size(g, 0)
      together = groups
      if not ops.prim.is_cuda(g):
        together = ops.prim.max(1, torch.floordiv(self.cached(), group))
      if together >= groups:
        g = self.fused(g, fused_form, bits)
      else:
        out = torch.empty_like(g)
        for i in range(torch.floordiv(groups + together - 1, together)):
          a = i * together
          b = ops.prim.min(groups, a + together)
          _0 = torch.slice(out, 0, a, b).copy_(self.fused(torch.slice(g, 0, a, b), fused_form, bits))
        g = out
      q = torch.view_as(g, w)
    return q

  # The straight-through gradient of a master w (Bengio et al., arXiv:1308.3432), of d, that of the weight on its grid:
  # d itself; clipped, d where the grid reaches and 0 beyond. scheme as for quantized_weight.
  def straight_through(self: __torch__.Ops, d: Tensor, w: Tensor, scheme: Tensor, clipped: bool) -> Tensor:
    fused_form = self.entry(scheme, self.FUSED_FORM)
    if clipped and fused_form != self.FLOATING_POINT:
      group = self.entry(scheme, self.GROUP)
      if group == 0:
        group = torch.numel(w)
      reach = self.fused_reach(torch.reshape(torch.detach(w), [-1, group]), fused_form, self.entry(scheme, self.BITS))
      d = torch.mul(d, torch.view_as(reach, w))
    return d

  # ---- Activations. ----

  # scheme: SYMMETRIC or ASYMMETRIC. GROUP 0 has the range of each token, STATIC_RANGE the given running [min, max], and
  # n > 1 that of each n neighbouring features of a token.
  # momentum: what is left of a running range when a batch has been seen, range = momentum range + (1 - momentum) that
  # of the batch (XTC's static ranges); 1 leaves it as it is. The first batch sets it. The straight-through form: the
  # value of q(x), the gradient of x.
  def quantized_input(self: __torch__.Ops, x: Tensor, scheme: Tensor, range: Tensor, momentum: float) -> Tensor:
    fused_form = self.entry(scheme, self.FUSED_FORM)
    y = x
    if fused_form != self.FLOATING_POINT:
      bits = self.entry(scheme, self.BITS)
      group = self.entry(scheme, self.GROUP)
      static = group == self.STATIC_RANGE
      d = torch.detach(x)
      if d.dtype != self.FLOAT64:
        d = torch.to(d, self.FLOAT32)
      if group > 1:
        d = torch.reshape(d, [-1, group])
      if static:
        if momentum < 1.:
          seen = torch.stack([torch.min(d), torch.max(d)])
          blended = torch.add(torch.mul(range, momentum), torch.mul(seen, 1. - momentum))
          range.copy_(torch.where(torch.isnan(range), seen, blended))
        low = torch.select(range, 0, 0)
        high = torch.select(range, 0, 1)
      else:
        low = torch.amin(d, [-1], True)
        high = torch.amax(d, [-1], True)
      if fused_form == self.SYMMETRIC:
        scale = self.symmetric_scale(torch.maximum(torch.abs(low), torch.abs(high)), bits)
        q = self.on_symmetric_grid(d, scale, bits)
      else:
        scale, zero = self.asymmetric_grid(low, high, bits)
        q = self.on_asymmetric_grid(d, scale, zero, bits)
      if x.requires_grad:
        y = torch.add(x, torch.type_as(torch.view_as(torch.sub_(q, d), x), x))
      else:
        y = torch.type_as(torch.view_as(q, x), x)
    return y

  # A sum of the residual stream, place the one in all blocks. Schemes: those of the linear layers' inputs, four a
  # block, then those of the sums, two a block. Ranges likewise, without those of the sums where these have none that is
  # fixed.
  def quantized_sum(self: __torch__.Ops, x: Tensor, schemes: Tensor, ranges: Tensor, place: int) -> Tensor:
    at = torch.floordiv(2 * torch.size(schemes, 0), 3) + place
    scheme = torch.select(schemes, 0, at)
    y = x
    if self.entry(scheme, self.FUSED_FORM) != self.FLOATING_POINT:
      range = torch.select(ranges, 0, 0)
      if self.entry(scheme, self.GROUP) == self.STATIC_RANGE:
        range = torch.select(ranges, 0, at)
      y = self.quantized_input(x, scheme, range, 1.)
    return y

  # ---- The transformer. p: wte, wpe, twelve tensors a layer, ln_f, lm_head; what an architecture does not have is
  # without elements. dtype is that of the products; all else has the type of p. ----

  # product, of onednn.py or plain.py, has no gradient.
  def linear(self: __torch__.Ops, x: Tensor, w: Tensor, b: Tensor, dtype: int) -> Tensor:
    if dtype == self.FLOAT32 and not torch.is_grad_enabled():
      y = self.product(torch.to(x, self.FLOAT32), torch.to(w, self.FLOAT32), torch.to(b, self.FLOAT32),
                       self.NO_FUNCTION)
    elif torch.numel(b) != 0:
      y = torch.linear(torch.to(x, dtype), torch.to(w, dtype), torch.to(b, dtype))
    else:
      y = torch.linear(torch.to(x, dtype), torch.to(w, dtype))
    return y

  def norm(self: __torch__.Ops, x: Tensor, w: Tensor, b: Tensor, kind: int, epsilon: float) -> Tensor:
    if kind == self.LAYER_NORM:
      y = torch.layer_norm(x, [torch.size(x, 2)], w, b, epsilon)
    else:
      power = torch.mean(torch.mul(x, x), [2], True)
      y = torch.mul(torch.mul(x, torch.rsqrt(torch.add(power, epsilon))), w)
    return y

  # What features are multiplied with when they are turned: [2, tokens, features], cosines and sines.
  def turns(self: __torch__.Ops, constants: Tensor, kind: int, tokens: int, like: Tensor) -> Tensor:
    table = torch.zeros([0], dtype=self.FLOAT64, device=like.device)
    if kind == self.ROTARY_HALVES or kind == self.ROTARY_NEIGHBOURS:
      pairs = torch.slice(constants, 0, self.ANGLES)
      places = torch.arange(tokens, dtype=self.FLOAT64, device=like.device)
      angles = torch.mul(torch.unsqueeze(places, 1), torch.unsqueeze(pairs, 0))
      if kind == self.ROTARY_HALVES:
        angles = torch.cat([angles, angles], 1)
      else:
        angles = torch.reshape(torch.stack([angles, angles], 2), [tokens, -1])
      table = torch.mul(torch.stack([torch.cos(angles), torch.sin(angles)]),
                        self.number(constants, self.ROTARY_MAGNITUDE))
    return table

  # x: [batch, heads, tokens, features]. Rotary positions, in float32 at least.
  def turned(self: __torch__.Ops, x: Tensor, turns: Tensor, kind: int) -> Tensor:
    width = torch.size(turns, 2)
    half = torch.floordiv(width, 2)
    wide = x
    if x.dtype != self.FLOAT64:
      wide = torch.to(x, self.FLOAT32)
    table = torch.type_as(turns, wide)
    part = torch.slice(wide, 3, 0, width)
    if kind == self.ROTARY_HALVES:
      other = torch.cat([torch.neg(torch.slice(part, 3, half)), torch.slice(part, 3, 0, half)], 3)
    else:
      even = torch.slice(part, 3, 0, None, 2)
      odd = torch.slice(part, 3, 1, None, 2)
      other = torch.reshape(torch.stack([torch.neg(odd), even], 4), torch.size(part))
    y = torch.add(torch.mul(part, torch.select(table, 0, 0)), torch.mul(other, torch.select(table, 0, 1)))
    if width != torch.size(x, 3):
      y = torch.cat([y, torch.slice(wide, 3, width)], 3)
    return torch.type_as(y, x)

  # Batched products: for bfloat16 on a CPU faster than the fused kernel, whose backward is slow there.
  def explicit_attention(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    batch = torch.size(q, 0)
    heads = torch.size(q, 1)
    tokens = torch.size(q, 2)
    size = torch.size(q, 3)
    q = torch.reshape(q, [-1, tokens, size])
    k = torch.reshape(k, [-1, tokens, size])
    v = torch.reshape(v, [-1, tokens, size])
    mask = torch.triu(torch.full([tokens, tokens], -1e9, dtype=q.dtype, device=q.device), 1)
    s = torch.baddbmm(mask, q, torch.transpose(k, 1, 2), beta=1., alpha=1. / torch.sqrt(size))
    return torch.view(torch.bmm(torch.softmax(s, -1), v), [batch, heads, tokens, size])

  # Heads of keys or values, each for all the heads of queries that share it.
  def shared(self: __torch__.Ops, x: Tensor, heads: int) -> Tensor:
    batch = torch.size(x, 0)
    own = torch.size(x, 1)
    tokens = torch.size(x, 2)
    y = x
    if own != heads:
      wide = torch.expand(torch.unsqueeze(x, 2), [batch, own, torch.floordiv(heads, own), tokens, torch.size(x, 3)])
      y = torch.reshape(wide, [batch, heads, tokens, torch.size(x, 3)])
    return y

  # y: queries, keys and values of all heads, [batch, tokens, features]. Returns what attention gives, and the scaled
  # scores.
  def attention(self: __torch__.Ops, y: Tensor, form: List[int], turns: Tensor, want_scores: bool,
                explicit: bool) -> Tuple[Tensor, Tensor]:
    heads = form[self.HEADS]
    keys = heads + form[self.KEY_VALUE_HEADS]
    parts = torch.view(y,
                       [torch.size(y, 0), torch.size(y, 1), keys + form[self.KEY_VALUE_HEADS], form[self.HEAD_WIDTH]])
    q = torch.transpose(torch.slice(parts, 2, 0, heads), 1, 2)
    k = torch.transpose(torch.slice(parts, 2, heads, keys), 1, 2)
    v = torch.transpose(torch.slice(parts, 2, keys), 1, 2)
    if form[self.POSITIONS] == self.ROTARY_HALVES or form[self.POSITIONS] == self.ROTARY_NEIGHBOURS:
      q = self.turned(q, turns, form[self.POSITIONS])
      k = self.turned(k, turns, form[self.POSITIONS])
    k = self.shared(k, heads)
    v = self.shared(v, heads)
    scores = torch.zeros([0], dtype=self.FLOAT32, device=y.device)
    if want_scores:
      scores = torch.to(torch.matmul(q, torch.transpose(k, 2, 3)), self.FLOAT32) / torch.sqrt(torch.size(q, 3))
    if explicit:
      a = self.explicit_attention(q, k, v)
    elif not torch.is_grad_enabled():
      a = self.causal_attention(q, k, v)
    else:
      a = torch.scaled_dot_product_attention(q, k, v, None, 0., True)
    a = torch.reshape(torch.transpose(a, 1, 2), [torch.size(y, 0), torch.size(y, 1), heads * form[self.HEAD_WIDTH]])
    return (a, scores)

  def activated(self: __torch__.Ops, h: Tensor, kind: int) -> Tensor:
    if kind == self.TANH_GELU:
      y = torch.gelu(h, approximate="tanh")
    elif kind == self.ERF_GELU:
      y = torch.gelu(h)
    else:
      inner = torch.floordiv(torch.size(h, 2), 2)
      y = torch.mul(torch.silu(torch.slice(h, 2, 0, inner)), torch.slice(h, 2, inner))
    return y

  # activated(linear(...)).
  def hidden(self: __torch__.Ops, x: Tensor, w: Tensor, b: Tensor, dtype: int, kind: int) -> Tensor:
    if (kind == self.TANH_GELU or kind == self.ERF_GELU) and dtype == self.FLOAT32 and not torch.is_grad_enabled():
      y = self.product(torch.to(x, self.FLOAT32), torch.to(w, self.FLOAT32), torch.to(b, self.FLOAT32), kind)
    else:
      y = self.activated(self.linear(x, w, b, dtype), kind)
    return y

  # inputs: receives the four linear layers' inputs and the two sums before their quantization, as they come.
  def block(self: __torch__.Ops, x: Tensor, p: List[Tensor], layer: int, form: List[int], turns: Tensor, dtype: int,
            epsilon: float, schemes: Tensor, ranges: Tensor, momentum: float, want_scores: bool, explicit: bool,
            inputs: List[Tensor]) -> Tuple[Tensor, Tensor]:
    at = self.BEFORE_BLOCKS + self.BLOCK_TENSORS * layer
    first = self.norm(x, p[at + self.LN_1], p[at + self.LN_1 + 1], form[self.NORM], epsilon)
    inputs.append(torch.detach(first))
    n = self.quantized_input(first, torch.select(schemes, 0, 4 * layer), torch.select(ranges, 0, 4 * layer), momentum)
    a, scores = self.attention(self.linear(n, p[at + self.C_ATTN], p[at + self.C_ATTN + 1], dtype), form, turns,
                               want_scores, explicit)
    inputs.append(torch.detach(a))
    a = self.quantized_input(a, torch.select(schemes, 0, 4 * layer + 1), torch.select(ranges, 0, 4 * layer + 1),
                             momentum)
    x = torch.add(x, torch.type_as(self.linear(a, p[at + self.C_PROJ], p[at + self.C_PROJ + 1], dtype), x))
    inputs.append(torch.detach(x))
    x = self.quantized_sum(x, schemes, ranges, 2 * layer)
    n = first
    if form[self.PARALLEL] == 0:
      n = self.norm(x, p[at + self.LN_2], p[at + self.LN_2 + 1], form[self.NORM], epsilon)
    inputs.append(torch.detach(n))
    n = self.quantized_input(n, torch.select(schemes, 0, 4 * layer + 2), torch.select(ranges, 0, 4 * layer + 2),
                             momentum)
    h = self.hidden(n, p[at + self.C_FC], p[at + self.C_FC + 1], dtype, form[self.ACTIVATION])
    inputs.append(torch.detach(h))
    h = self.quantized_input(h, torch.select(schemes, 0, 4 * layer + 3), torch.select(ranges, 0, 4 * layer + 3),
                             momentum)
    x = torch.add(x, torch.type_as(self.linear(h, p[at + self.MLP_PROJ], p[at + self.MLP_PROJ + 1], dtype), x))
    inputs.append(torch.detach(x))
    x = self.quantized_sum(x, schemes, ranges, 2 * layer + 1)
    return (x, scores)

  def embedded(self: __torch__.Ops, ids: Tensor, p: List[Tensor], form: List[int], constants: Tensor) -> Tensor:
    x = torch.embedding(p[0], ids)
    scale = self.number(constants, self.EMBEDDING_SCALE)
    if scale != 1.:
      x = torch.mul(x, scale)
    if form[self.POSITIONS] == self.SINUSOIDS:
      places = torch.add(torch.arange(torch.size(ids, 1), dtype=self.FLOAT64, device=x.device),
                         form[self.FIRST_SINUSOID])
      angles = torch.mul(torch.unsqueeze(places, 1), torch.unsqueeze(torch.slice(constants, 0, self.ANGLES), 0))
      x = torch.add(x, torch.type_as(torch.cat([torch.sin(angles), torch.cos(angles)], 1), x))
    if torch.numel(p[1]) != 0:
      x = torch.add(x, torch.slice(p[1], 0, 0, torch.size(ids, 1)))
    return x

  # Which of p is the weight of the vocabulary product.
  def head(self: __torch__.Ops, p: List[Tensor]) -> int:
    at = torch.len(p) - 2
    if torch.numel(p[at]) == 0:
      at = 0
    return at

  # The factors of the vocabulary product; a bias is one more column of the weight, and the states have ones there.
  def factors(self: __torch__.Ops, states: Tensor, p: List[Tensor]) -> Tuple[Tensor, Tensor]:
    w = p[self.head(p)]
    b = p[torch.len(p) - 1]
    if torch.numel(b) != 0:
      w = torch.cat([w, torch.unsqueeze(b, 1)], 1)
      shape = torch.size(states)
      shape[torch.len(shape) - 1] = 1
      states = torch.cat([states, torch.ones(shape, dtype=states.dtype, device=states.device)], -1)
    return (states, w)

  # Hidden states: the embedding output, then every block's output; last, ln_f of the last one. Scores: one a block.
  def decode(self: __torch__.Ops, ids: Tensor, p: List[Tensor], form: List[int], constants: Tensor, dtype: int,
             schemes: Tensor, ranges: Tensor, momentum: float, want_scores: bool,
             explicit: bool) -> Tuple[List[Tensor], List[Tensor]]:
    epsilon = self.number(constants, self.EPSILON)
    layers = torch.floordiv(torch.len(p) - 6, self.BLOCK_TENSORS)
    turns = self.turns(constants, form[self.POSITIONS], torch.size(ids, 1), p[0])
    x = self.embedded(ids, p, form, constants)
    hidden = [x]
    scores = annotate(List[Tensor], [])
    for i in range(layers):
      x, s = self.block(x, p, i, form, turns, dtype, epsilon, schemes, ranges, momentum, want_scores, explicit,
                        annotate(List[Tensor], []))
      hidden.append(x)
      scores.append(s)
    last = torch.len(p) - 2
    hidden.append(self.norm(x, p[last - 2], p[last - 1], form[self.NORM], epsilon))
    return (hidden, scores)

  # ---- Losses over the vocabulary, a chunk of tokens at a time, with the gradients of both factors. ----

  # What a teacher's cache holds of its distributions, made exact again: the most likely words' probabilities are scaled
  # to what the rest leaves. logs: [tokens, k + 1], the last column that of all other words together.
  def remembered(self: __torch__.Ops, logs: Tensor) -> Tuple[Tensor, Tensor]:
    k = torch.size(logs, 1) - 1
    rest = torch.slice(logs, 1, k)
    log_p = torch.slice(logs, 1, 0, k)
    whole = torch.log1p(torch.neg(torch.exp(rest)))
    log_p = torch.add(log_p, torch.sub(whole, torch.logsumexp(log_p, [1], True)))
    return (log_p, rest)

  # Sum of the cross-entropy, sum of the teacher's entropy, and q - y for student's logits z. The words that the cache
  # does not hold count as one; within it the student keeps its own proportions: y = rest q / q_rest there.
  def remembered_losses(self: __torch__.Ops, z: Tensor, words: Tensor, logs: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    log_p, log_rest = self.remembered(logs)
    p = torch.exp(log_p)
    rest = torch.exp(log_rest)
    log_q = torch.log_softmax(z, 1)
    log_known = torch.gather(log_q, 1, words)
    q = torch.exp_(log_q)
    known = torch.gather(q, 1, words)
    q_rest = torch.clamp(torch.rsub(torch.sum(known, [1], True), 1.), 1e-6)
    cross = torch.neg(torch.add(torch.sum(torch.mul(p, log_known)), torch.sum(torch.mul(rest, torch.log(q_rest)))))
    entropy = torch.neg(torch.add(torch.sum(torch.mul(p, log_p)), torch.sum(torch.mul(rest, log_rest))))
    d = torch.mul_(q, torch.rsub(torch.div(rest, q_rest), 1.))
    d.scatter_(1, words, torch.sub(known, p))
    return (cross, entropy, d)

  # Gradient of the losses by a few tokens' logits z [tokens, vocabulary] into out, which may be z; y: the teacher's.
  # That of the teacher's terms has the factor 1, that of the labels label_share. Adds the sums of KL, cross-entropy and
  # label loss to sums.
  def logits_gradient(self: __torch__.Ops, z: Tensor, y: Tensor, words: Tensor, logs: Tensor, label: Tensor,
                      sums: Tensor, label_share: float, temperature: float, taught: bool, out: Tensor) -> Tensor:
    z = torch.to(z, self.FLOAT32)
    q = z
    if label_share != 0. or not taught:
      log_q = torch.log_softmax(z, 1)
      torch.select(sums, 0, self.LABELS).sub_(torch.sum(torch.gather(log_q, 1, label)))
      q = torch.exp_(log_q)
      q.scatter_add_(1, label, torch.full([torch.size(z, 0), 1], -1., dtype=self.FLOAT32, device=z.device))
    if not taught:
      out = torch.mul(q, label_share, out=out)
    else:
      if torch.numel(words) != 0:
        cross, entropy, d = self.remembered_losses(z, words, logs)
        out = out.copy_(d)
      else:
        y = torch.to(y, self.FLOAT32)
        if temperature != 1.:
          y = torch.div(y, temperature)
          log_p = torch.log_softmax(torch.div(z, temperature), 1)
        else:
          log_p = torch.log_softmax(z, 1)
        log_y = torch.log_softmax(y, 1)
        p_y = torch.exp(log_y)
        flat = torch.reshape(p_y, [-1])
        cross = torch.neg(torch.dot(flat, torch.reshape(log_p, [-1])))
        entropy = torch.neg(torch.dot(flat, torch.reshape(log_y, [-1])))
        out = torch.sub(torch.exp_(log_p), p_y, out=out)
      torch.select(sums, 0, self.KL).add_(torch.sub(cross, entropy))
      torch.select(sums, 0, self.SOFT).add_(cross)
      if label_share != 0.:
        out = out.add_(q, alpha=label_share)
    return out

  # s, t: student's and teacher's last hidden states [tokens, width]; ws, wt: their embeddings. Where words has
  # elements, [tokens, k], the teacher is what a cache holds of it: words and logs. Products take chunk tokens at a
  # time; what is done with the logits takes as many tokens as stay in a core's cache. Returns the sums of the three
  # losses, d loss / d s and d loss / d ws.
  def vocabulary_losses(self: __torch__.Ops, s: Tensor, ws: Tensor, t: Tensor, wt: Tensor, words: Tensor, logs: Tensor,
                        labels: Tensor, terms: Tensor, chunk: int, dtype: int) -> Tuple[Tensor, Tensor, Tensor]:
    kl_weight = self.number(terms, self.KL)
    soft_weight = self.number(terms, self.SOFT)
    label_weight = self.number(terms, self.LABELS)
    temperature = self.number(terms, self.TEMPERATURE)
    taught = kl_weight != 0. or soft_weight != 0.
    from_cache = torch.numel(words) != 0
    n = torch.size(s, 0)
    vocabulary = torch.size(ws, 0)
    factor = 1. / float(n)
    label_share = label_weight
    if taught:
      factor = kl_weight * temperature / float(n) + soft_weight / (float(n) * float(vocabulary) * temperature)
      label_share = label_weight / (float(n) * factor)
    sc = torch.to(s, dtype)
    wc = torch.to(ws, dtype)
    tc = torch.to(t, dtype)
    uc = torch.to(wt, dtype)
    ds = torch.empty_like(s)
    dw = torch.empty_like(ws)
    sums = torch.zeros([3], dtype=self.FLOAT32, device=s.device)
    chunk = ops.prim.min(n, chunk)
    z_rows = torch.empty([chunk, vocabulary], dtype=dtype, device=s.device)
    y_rows = z_rows
    if taught and not from_cache:
      y_rows = torch.empty_like(z_rows)
    together = chunk
    if not ops.prim.is_cuda(s):
      together = ops.prim.max(1, torch.floordiv(self.cached(), vocabulary))
    for i in range(torch.floordiv(n + chunk - 1, chunk)):
      a = i * chunk
      b = ops.prim.min(n, a + chunk)
      h = torch.slice(sc, 0, a, b)
      z = torch.mm(h, torch.t(wc), out=torch.slice(z_rows, 0, 0, b - a))
      y = torch.slice(y_rows, 0, 0, b - a)
      if taught and not from_cache:
        y = torch.mm(torch.slice(tc, 0, a, b), torch.t(uc), out=y)
      for j in range(torch.floordiv(b - a + together - 1, together)):
        c = j * together
        e = ops.prim.min(b - a, c + together)
        rows = torch.slice(z, 0, c, e)
        known = words
        known_logs = logs
        if from_cache:
          known = torch.slice(words, 0, a + c, a + e)
          known_logs = torch.slice(logs, 0, a + c, a + e)
        label = torch.unsqueeze(torch.slice(labels, 0, a + c, a + e), 1)
        _0 = self.logits_gradient(rows, torch.slice(y, 0, c, e), known, known_logs, label, sums, label_share,
                                  temperature, taught, rows)
      torch.slice(ds, 0, a, b).copy_(torch.matmul(z, wc))
      if dtype == self.FLOAT32:
        dw.addmm_(torch.t(z), h, beta=float(ops.prim.min(i, 1)), alpha=factor)
      elif i == 0:
        dw = torch.mul(torch.to(torch.matmul(torch.t(z), h), self.FLOAT32), factor)
      else:
        dw.add_(torch.matmul(torch.t(z), h), alpha=factor)
    ds.mul_(factor)
    sums = torch.div(sums, float(n))
    scale = torch.ones([3], dtype=self.FLOAT32, device=s.device)
    torch.select(scale, 0, self.KL).mul_(temperature * temperature)
    torch.select(scale, 0, self.SOFT).div_(float(vocabulary))
    return (torch.mul(sums, scale), ds, dw)

  # ---- One micro-batch: losses and gradients. ----

  # Sum of one block's attention terms.
  def attention_term(self: __torch__.Ops, score: Tensor, block: int, t_scores: List[Tensor], maps: Tensor,
                     mask: Tensor) -> Tensor:
    loss = torch.zeros([], dtype=self.FLOAT32, device=score.device)
    tokens = torch.size(score, 3)
    for i in range(torch.size(maps, 0)):
      pair = torch.select(maps, 0, i)
      if self.entry(pair, self.PAIR_KIND) == self.ATTENTION and self.entry(pair, self.OWN) == block:
        squares = torch.mul(torch.pow(torch.sub(score, t_scores[self.entry(pair, self.TAUGHT)]), 2), mask)
        cells = float(torch.size(score, 0) * torch.size(score, 1)) * float(torch.floordiv(tokens * (tokens + 1), 2))
        loss = torch.add(loss, torch.div(torch.sum(squares), cells))
    return loss

  # Sum of the terms of one hidden state.
  def hidden_term(self: __torch__.Ops, state: Tensor, index: int, t_hidden: List[Tensor], maps: Tensor) -> Tensor:
    loss = torch.zeros([], dtype=self.FLOAT32, device=state.device)
    for i in range(torch.size(maps, 0)):
      pair = torch.select(maps, 0, i)
      if self.entry(pair, self.PAIR_KIND) == self.HIDDEN and self.entry(pair, self.OWN) == index:
        loss = torch.add(loss, torch.mse_loss(state, t_hidden[self.entry(pair, self.TAUGHT)]))
    return loss

  # The gradients of all leaves, block by block from the last one, each run again from its input: only the blocks'
  # outputs have to be kept (Chen et al., arXiv:1604.06174). d: gradient of the final layer norm's output.
  def recomputed(self: __torch__.Ops, ids: Tensor, leaves: List[Tensor], hidden: List[Tensor], d: Tensor,
                 form: List[int], constants: Tensor, dtype: int, schemes: Tensor, ranges: Tensor, explicit: bool,
                 hidden_weight: float, attention_weight: float, t_hidden: List[Tensor], t_scores: List[Tensor],
                 maps: Tensor, mask: Tensor) -> List[Optional[Tensor]]:
    last = torch.len(leaves) - 2
    layers = torch.floordiv(last - 4, self.BLOCK_TENSORS)
    epsilon = self.number(constants, self.EPSILON)
    turns = self.turns(constants, form[self.POSITIONS], torch.size(ids, 1), leaves[0])
    torch.set_grad_enabled(True)
    x = torch.requires_grad_(torch.detach(hidden[layers]), True)
    y = self.norm(x, leaves[last - 2], leaves[last - 1], form[self.NORM], epsilon)
    backward = torch.grad([y], [x, leaves[last - 2], leaves[last - 1]], annotate(List[Optional[Tensor]], [d]), False,
                          False, True)
    found = annotate(List[Optional[Tensor]], [None, None, backward[2], backward[1]])
    one = backward[0]
    for j in range(layers):
      i = layers - 1 - j
      x = torch.requires_grad_(torch.detach(hidden[i]), True)
      y, scores = self.block(x, leaves, i, form, turns, dtype, epsilon, schemes, ranges, 1., attention_weight != 0.,
                             explicit, annotate(List[Tensor], []))
      roots = [y]
      seeds = annotate(List[Optional[Tensor]], [one])
      aside = torch.zeros([], dtype=self.FLOAT32, device=x.device)
      if hidden_weight != 0.:
        aside = torch.add(aside, torch.mul(self.hidden_term(y, i + 1, t_hidden, maps), hidden_weight))
      if attention_weight != 0.:
        aside = torch.add(aside, torch.mul(self.attention_term(scores, i, t_scores, maps, mask), attention_weight))
      if aside.requires_grad:
        roots.append(aside)
        seeds.append(torch.ones_like(aside))
      at = self.BEFORE_BLOCKS + self.BLOCK_TENSORS * i
      wanted = [x]
      for k in range(self.BLOCK_TENSORS):
        wanted.append(leaves[at + k])
      backward = torch.grad(roots, wanted, seeds, False, False, True)
      one = backward[0]
      for k in range(self.BLOCK_TENSORS):
        found.append(backward[self.BLOCK_TENSORS - k])
    x = self.embedded(ids, leaves, form, constants)
    roots = [x]
    seeds = annotate(List[Optional[Tensor]], [one])
    if hidden_weight != 0.:
      aside = torch.mul(self.hidden_term(x, 0, t_hidden, maps), hidden_weight)
      if aside.requires_grad:
        roots.append(aside)
        seeds.append(torch.ones_like(aside))
    backward = torch.grad(roots, [leaves[0], leaves[1]], seeds, False, False, True)
    found.append(backward[1])
    found.append(backward[0])
    found.reverse()
    torch.set_grad_enabled(False)
    return found

  # ids: [batch, tokens + 1]. p[]: student. t[]: teacher, or one empty array where there is none. words, logs: the
  # teacher's most likely words from a cache, in place of t; else without elements. states: the teacher's hidden states
  # that maps numbers, from a cache, or one without elements.
  # shape: EXPLICIT attention, CLIPPED straight-through gradients, blocks run again (RECOMPUTE) for the backward pass.
  # Returns [losses (kl, soft cross-entropy, labels, hidden, attention)] + the gradients of all of p that has elements.
  def gradients(self: __torch__.Ops, ids: Tensor, p: List[Tensor], form: Tensor, constants: Tensor, t: List[Tensor],
                t_form: Tensor, t_constants: Tensor, shape: Tensor, numbers: Tensor, terms: Tensor, maps: Tensor,
                weight_schemes: Tensor, input_schemes: Tensor, teacher_schemes: Tensor, ranges: Tensor, words: Tensor,
                logs: Tensor, states: List[Tensor]) -> List[Tensor]:
    dtype = self.entry(shape, self.DTYPE)
    chunk = self.entry(shape, self.CHUNK)
    explicit = self.entry(shape, self.EXPLICIT) != 0
    clipped = self.entry(shape, self.CLIPPED) != 0
    recompute = self.entry(shape, self.RECOMPUTE) != 0
    hidden_weight = self.number(numbers, self.HIDDEN_WEIGHT)
    attention_weight = self.number(numbers, self.ATTENTION_WEIGHT)
    share = self.number(numbers, self.SHARE)
    momentum = self.number(numbers, self.MOMENTUM)
    own = self.whole(form)
    want_scores = attention_weight != 0.
    tokens = torch.size(ids, 1) - 1
    inputs = torch.slice(ids, 1, 0, tokens)
    labels = torch.reshape(torch.slice(ids, 1, 1), [-1])
    taught = torch.numel(t[0]) != 0

    torch.set_grad_enabled(False)
    t_hidden = annotate(List[Tensor], [])
    t_scores = annotate(List[Tensor], [])
    no_ranges = torch.zeros([torch.size(teacher_schemes, 0), 2], dtype=self.FLOAT32, device=ids.device)
    if taught:
      t_hidden, t_scores = self.decode(inputs, t, self.whole(t_form), t_constants, dtype, teacher_schemes, no_ranges,
                                       1., want_scores, explicit)
    elif torch.numel(states[0]) != 0:
      t_hidden = states
    # Quantized once a step; the gradient of a quantized weight is the gradient of its master (straight-through).
    leaves = annotate(List[Tensor], [])
    for i in range(torch.len(p)):
      leaves.append(torch.requires_grad_(torch.detach(self.quantized_weight(p[i], torch.select(weight_schemes, 0, i))),
                                         True))
    # The embeddings of the batch's words are a leaf of their own: else autograd would make a gradient for all words
    # there are.
    flat = torch.reshape(inputs, [-1])
    places = torch.view_as(torch.arange(torch.numel(flat), device=ids.device), inputs)
    used = [torch.requires_grad_(torch.index_select(torch.detach(leaves[0]), 0, flat), True)]
    for i in range(torch.len(leaves) - 1):
      used.append(leaves[i + 1])
    torch.set_grad_enabled(not recompute)

    hidden, scores = self.decode(places, used, own, constants, dtype, input_schemes, ranges, momentum, want_scores,
                                 explicit)
    hidden_loss = torch.zeros([], dtype=self.FLOAT32, device=ids.device)
    attention_loss = torch.zeros([], dtype=self.FLOAT32, device=ids.device)
    mask = torch.ones([1, 1, 1, 1], dtype=self.FLOAT32, device=ids.device)
    if torch.len(t_hidden) != 0:
      if want_scores:
        mask = torch.tril(torch.ones([1, 1, tokens, tokens], dtype=self.FLOAT32, device=ids.device))
      for i in range(torch.len(scores)):
        if hidden_weight != 0.:
          hidden_loss = torch.add(hidden_loss, self.hidden_term(hidden[i], i, t_hidden, maps))
        if want_scores:
          attention_loss = torch.add(attention_loss, self.attention_term(scores[i], i, t_scores, maps, mask))
      if hidden_weight != 0.:
        layers = torch.len(scores)
        hidden_loss = torch.add(hidden_loss, self.hidden_term(hidden[layers], layers, t_hidden, maps))

    final = hidden[torch.len(hidden) - 1]
    width = torch.size(final, 2)
    torch.set_grad_enabled(False)
    head = self.head(leaves)
    bias = torch.len(leaves) - 1
    s_flat, s_words = self.factors(torch.reshape(torch.detach(final), [-1, width]), leaves)
    t_flat = s_flat
    t_words = s_words
    if taught:
      t_flat, t_words = self.factors(torch.reshape(t_hidden[torch.len(t_hidden) - 1], [-1, torch.size(t[0], 1)]), t)
    sums, ds, dw = self.vocabulary_losses(s_flat, torch.detach(s_words), t_flat, torch.detach(t_words), words,
                                          logs, labels, terms, chunk, dtype)
    db = torch.select(dw, 1, 0)
    if torch.numel(leaves[bias]) != 0:
      db = torch.select(dw, 1, width)
      dw = torch.contiguous(torch.slice(dw, 1, 0, width))
      ds = torch.contiguous(torch.slice(ds, 1, 0, width))
    torch.set_grad_enabled(True)
    seed = torch.view_as(ds, final)
    aside = torch.add(torch.mul(hidden_loss, hidden_weight), torch.mul(attention_loss, attention_weight))
    roots = [final]
    seeds = annotate(List[Optional[Tensor]], [seed])
    if aside.requires_grad:
      roots.append(aside)
      seeds.append(torch.ones_like(aside))
    if recompute:
      found = self.recomputed(places, used, hidden, seed, own, constants, dtype, input_schemes, ranges, explicit,
                              hidden_weight, attention_weight, t_hidden, t_scores, maps, mask)
    else:
      found = torch.grad(roots, used, seeds, False, False, True)
    torch.set_grad_enabled(False)

    out = [torch.stack([torch.select(sums, 0, self.KL), torch.select(sums, 0, self.SOFT),
                        torch.select(sums, 0, self.LABELS), torch.detach(hidden_loss), torch.detach(attention_loss)])]
    for i in range(torch.len(found)):
      if torch.numel(leaves[i]) != 0:
        one = found[i]
        d = dw
        if i == 0:
          if head != 0:
            d = torch.zeros_like(leaves[0])
          if one is not None:
            d.index_add_(0, flat, one)
        elif i == head:
          d = dw
        elif one is not None:
          d = one
        else:
          d = torch.zeros_like(leaves[i])
        if i == bias:
          d = torch.add(d, db)
        if share != 1.:
          d = torch.mul(d, share)
        out.append(self.straight_through(d, p[i], torch.select(weight_schemes, 0, i), clipped))
    torch.set_grad_enabled(True)
    return out

  # Adds the second list to the first, in place.
  def accumulate(self: __torch__.Ops, first: Tensor, g: List[Tensor], d: List[Tensor]) -> Tensor:
    torch.set_grad_enabled(False)
    torch._foreach_add_(g, d)
    torch.set_grad_enabled(True)
    return first

  # ---- Update: clip the gradient norm, then AdamW. ----
  # Lists that are built here would not do: the compiler drops what changes only their elements.

  # Scales gradients in place so that their norm is at most largest (0: leaves them). Returns the norm before.
  def clip(self: __torch__.Ops, g: List[Tensor], largest: Tensor) -> Tensor:
    torch.set_grad_enabled(False)
    most = self.number(largest, 0)
    norm = torch.linalg_vector_norm(torch.stack(torch._foreach_norm(g)))
    if most != 0.:
      torch._foreach_mul_(g, torch.clamp(torch.div(most, torch.add(norm, 1e-6)), None, 1.))
    torch.set_grad_enabled(True)
    return norm

  # Where the norm is not finite nothing changes.
  def adamw(self: __torch__.Ops, norm: Tensor, p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor],
            n: List[Tensor], numbers: Tensor) -> Tensor:
    torch.set_grad_enabled(False)
    skip = torch.to(torch.logical_not(torch.isfinite(norm)), self.FLOAT32)
    torch._foreach_add_(n, 1)
    torch._fused_adamw_(p, g, m, v, annotate(List[Tensor], []), n, lr=self.number(numbers, self.LEARNING_RATE),
                        beta1=self.number(numbers, self.BETA_1), beta2=self.number(numbers, self.BETA_2),
                        weight_decay=self.number(numbers, self.WEIGHT_DECAY),
                        eps=self.number(numbers, self.ADAM_EPSILON), amsgrad=False, maximize=False, grad_scale=None,
                        found_inf=skip)
    torch.set_grad_enabled(True)
    return norm

  # ---- Without gradient: logits, and the evaluation's sums. ----

  # As the forward pass computes with them; in float64 so that all that follows is.
  def quantized_weights(self: __torch__.Ops, p: List[Tensor], weight_schemes: Tensor, dtype: int) -> List[Tensor]:
    q = annotate(List[Tensor], [])
    for i in range(torch.len(p)):
      w = self.quantized_weight(p[i], torch.select(weight_schemes, 0, i))
      if dtype == self.FLOAT64:
        w = torch.to(w, self.FLOAT64)
      q.append(w)
    return q

  # The hidden states, as decode gives them, and the weights that they were computed with.
  def quantized_states(self: __torch__.Ops, ids: Tensor, p: List[Tensor], form: Tensor, constants: Tensor,
                       shape: Tensor, weight_schemes: Tensor, input_schemes: Tensor,
                       ranges: Tensor) -> Tuple[List[Tensor], List[Tensor]]:
    dtype = self.entry(shape, self.DTYPE)
    q = self.quantized_weights(p, weight_schemes, dtype)
    hidden, scores = self.decode(ids, q, self.whole(form), constants, dtype, input_schemes, ranges, 1., False,
                                 self.entry(shape, self.EXPLICIT) != 0)
    return (hidden, q)

  # A forward pass: the last hidden states and the weight of the vocabulary product, both as the vocabulary product
  # takes them.
  def forward_pass(self: __torch__.Ops, ids: Tensor, p: List[Tensor], form: Tensor, constants: Tensor, shape: Tensor,
                   weight_schemes: Tensor, input_schemes: Tensor, ranges: Tensor) -> Tuple[Tensor, Tensor]:
    dtype = self.entry(shape, self.DTYPE)
    hidden, q = self.quantized_states(ids, p, form, constants, shape, weight_schemes, input_schemes, ranges)
    last, words = self.factors(hidden[torch.len(hidden) - 1], q)
    return (torch.to(last, dtype), torch.to(words, dtype))

  def logits(self: __torch__.Ops, ids: Tensor, p: List[Tensor], form: Tensor, constants: Tensor, shape: Tensor,
             weight_schemes: Tensor, input_schemes: Tensor, ranges: Tensor) -> Tensor:
    torch.set_grad_enabled(False)
    last, embedding = self.forward_pass(ids, p, form, constants, shape, weight_schemes, input_schemes, ranges)
    z = torch.to(torch.linear(last, embedding), self.FLOAT32)
    torch.set_grad_enabled(True)
    return z

  # ids: [batch, tokens + 1]. Returns [sum of negative log-likelihoods, tokens, correct among the counted, counted];
  # ignored: token ids that the accuracy leaves out.
  def evaluate(self: __torch__.Ops, ids: Tensor, p: List[Tensor], form: Tensor, constants: Tensor, shape: Tensor,
               weight_schemes: Tensor, input_schemes: Tensor, ranges: Tensor, ignored: Tensor) -> Tensor:
    tokens = torch.size(ids, 1) - 1
    z = self.logits(torch.slice(ids, 1, 0, tokens), p, form, constants, shape, weight_schemes, input_schemes, ranges)
    labels = torch.slice(ids, 1, 1)
    loss = torch.sub(torch.logsumexp(z, [2]), torch.squeeze(torch.gather(z, 2, torch.unsqueeze(labels, 2)), 2))
    counted = torch.logical_not(torch.isin(labels, ignored))
    right = torch.logical_and(torch.eq(torch.argmax(z, 2), labels), counted)
    return torch.to(torch.stack([torch.sum(torch.to(loss, self.FLOAT64)),
                                 torch.to(torch.sum(torch.ones_like(labels)), self.FLOAT64),
                                 torch.to(torch.sum(right), self.FLOAT64), torch.to(torch.sum(counted), self.FLOAT64)]),
                                 self.FLOAT64)

  # The k most likely next words after every token and the logarithms of their probabilities, [batch * tokens, k]; the
  # second has one column more, for all other words together. Then the hidden states whose numbers are in states.
  def top_k(self: __torch__.Ops, ids: Tensor, p: List[Tensor], form: Tensor, constants: Tensor, shape: Tensor,
            weight_schemes: Tensor, input_schemes: Tensor, ranges: Tensor, k: Tensor, states: Tensor) -> List[Tensor]:
    torch.set_grad_enabled(False)
    dtype = self.entry(shape, self.DTYPE)
    chunk = self.entry(shape, self.CHUNK)
    count = self.entry(k, 0)
    hidden, q = self.quantized_states(ids, p, form, constants, shape, weight_schemes, input_schemes, ranges)
    last, embedding = self.factors(hidden[torch.len(hidden) - 1], q)
    embedding = torch.to(embedding, dtype)
    last = torch.to(torch.reshape(last, [-1, torch.size(last, 2)]), dtype)
    n = torch.size(last, 0)
    words = annotate(List[Tensor], [])
    logs = annotate(List[Tensor], [])
    for i in range(torch.floordiv(n + chunk - 1, chunk)):
      z = torch.to(torch.linear(torch.slice(last, 0, i * chunk, ops.prim.min(n, (i + 1) * chunk)), embedding),
                   self.FLOAT32)
      best, index = torch.topk(z, count, 1)
      known = torch.sub(best, torch.logsumexp(z, [1], True))
      rest = torch.clamp(torch.rsub(torch.sum(torch.exp(known), [1], True), 1.), 1e-6)
      words.append(index)
      logs.append(torch.cat([known, torch.log(rest)], 1))
    out = [torch.cat(words, 0), torch.cat(logs, 0)]
    for i in range(torch.numel(states)):
      out.append(torch.to(hidden[self.entry(states, i)], self.FLOAT32))
    torch.set_grad_enabled(True)
    return out

  # One block: the residual stream after it, then the inputs of its linear layers and its sums of the stream before
  # their quantization. x: the stream before it; without elements for the first block.
  def block_inputs(self: __torch__.Ops, ids: Tensor, x: Tensor, p: List[Tensor], form: Tensor, constants: Tensor,
                   shape: Tensor, weight_schemes: Tensor, input_schemes: Tensor, ranges: Tensor,
                   layer: Tensor) -> List[Tensor]:
    torch.set_grad_enabled(False)
    own = self.whole(form)
    dtype = self.entry(shape, self.DTYPE)
    at = self.entry(layer, 0)
    q = annotate(List[Tensor], [])
    first = self.BEFORE_BLOCKS + self.BLOCK_TENSORS * at
    for i in range(torch.len(p)):
      w = p[i]
      if (i < self.BEFORE_BLOCKS and at == 0) or (i >= first and i < first + self.BLOCK_TENSORS):
        w = self.quantized_weight(w, torch.select(weight_schemes, 0, i))
        if dtype == self.FLOAT64:
          w = torch.to(w, self.FLOAT64)
      q.append(w)
    stream = x
    if at == 0:
      stream = self.embedded(ids, q, own, constants)
    inputs = annotate(List[Tensor], [])
    turns = self.turns(constants, own[self.POSITIONS], torch.size(ids, 1), p[0])
    y, scores = self.block(stream, q, at, own, turns, dtype, self.number(constants, self.EPSILON), input_schemes,
                           ranges, 1., False, self.entry(shape, self.EXPLICIT) != 0, inputs)
    out = [y]
    for input in inputs:
      out.append(torch.to(input, self.FLOAT32))
    torch.set_grad_enabled(True)
    return out

  # The hidden states: after the embedding, after every block, and the final layer norm's output.
  def streams(self: __torch__.Ops, ids: Tensor, p: List[Tensor], form: Tensor, constants: Tensor, shape: Tensor,
              weight_schemes: Tensor, input_schemes: Tensor, ranges: Tensor) -> List[Tensor]:
    torch.set_grad_enabled(False)
    hidden, q = self.quantized_states(ids, p, form, constants, shape, weight_schemes, input_schemes, ranges)
    out = annotate(List[Tensor], [])
    for x in hidden:
      out.append(torch.to(x, self.FLOAT32))
    torch.set_grad_enabled(True)
    return out

  # ---- One block in parts, for methods that quantize one linear layer after the other. ----
  # p: the block's twelve tensors. x: the residual stream, before the block up to FEED_FORWARD, after its attention from
  # FEED_FORWARD_PROJECTION on; before the block for all parts where attention and feed-forward part are parallel.
  # known: for FEED_FORWARD the input of attn.c_proj, for END that of mlp.c_proj, if it is known, else without elements.
  # Returns [residual stream, input]: BEFORE_ATTENTION the input of c_attn, ATTENTION_PROJECTION of attn.c_proj,
  # FEED_FORWARD of mlp.c_fc with the stream where FEED_FORWARD_PROJECTION begins, that of mlp.c_proj, END the stream
  # after the block twice.
  def block_part(self: __torch__.Ops, x: Tensor, known: Tensor, p: List[Tensor], form: Tensor, constants: Tensor,
                 shape: Tensor) -> List[Tensor]:
    torch.set_grad_enabled(False)
    own = self.whole(form)
    dtype = self.entry(shape, self.DTYPE)
    part = self.entry(shape, self.PART)
    epsilon = self.number(constants, self.EPSILON)
    parallel = own[self.PARALLEL] != 0
    stream = x
    given = x
    if part < self.FEED_FORWARD_PROJECTION or parallel:
      given = self.norm(x, p[self.LN_1], p[self.LN_1 + 1], own[self.NORM], epsilon)
    attends = part == self.ATTENTION_PROJECTION
    if parallel:
      attends = attends or part == self.END
    else:
      attends = attends or part == self.FEED_FORWARD
    if attends:
      a = known
      if part == self.END or torch.numel(known) == 0:
        y = self.linear(given, p[self.C_ATTN], p[self.C_ATTN + 1], dtype)
        a, scores = self.attention(y, own, self.turns(constants, own[self.POSITIONS], torch.size(x, 1), x), False,
                                   False)
        a = torch.to(a, self.FLOAT32)
      if part == self.ATTENTION_PROJECTION:
        given = a
      else:
        stream = torch.add(x, torch.to(self.linear(a, p[self.C_PROJ], p[self.C_PROJ + 1], dtype), self.FLOAT32))
    if part == self.END and torch.numel(known) != 0:
      given = known
    elif part > self.ATTENTION_PROJECTION and not parallel:
      given = self.norm(stream, p[self.LN_2], p[self.LN_2 + 1], own[self.NORM], epsilon)
    if part == self.FEED_FORWARD_PROJECTION or (part == self.END and torch.numel(known) == 0):
      given = torch.to(self.hidden(given, p[self.C_FC], p[self.C_FC + 1], dtype, own[self.ACTIVATION]), self.FLOAT32)
    if part == self.END:
      stream = torch.add(stream,
                         torch.to(self.linear(given, p[self.MLP_PROJ], p[self.MLP_PROJ + 1], dtype), self.FLOAT32))
      given = stream
    torch.set_grad_enabled(True)
    return [stream, given]

  # The mean squared error of the stream after a block and its gradients with respect to those of the block's twelve
  # tensors that have elements. target: the stream that is wanted. Returns [error, gradients in the order of p].
  def block_gradients(self: __torch__.Ops, x: Tensor, target: Tensor, p: List[Tensor], form: Tensor, constants: Tensor,
                      shape: Tensor) -> List[Tensor]:
    own = self.whole(form)
    dtype = self.entry(shape, self.DTYPE)
    epsilon = self.number(constants, self.EPSILON)
    turns = self.turns(constants, own[self.POSITIONS], torch.size(x, 1), x)
    torch.set_grad_enabled(False)
    q = annotate(List[Tensor], [x, x])
    leaves = annotate(List[Tensor], [])
    for i in range(torch.len(p)):
      leaf = torch.requires_grad_(torch.detach(p[i]), True)
      leaves.append(leaf)
      q.append(leaf)
    schemes = torch.zeros([6, 3], dtype=self.INT64, device=x.device)
    ranges = torch.zeros([4, 2], dtype=self.FLOAT32, device=x.device)
    explicit = self.entry(shape, self.BLOCK_EXPLICIT) != 0
    torch.set_grad_enabled(True)
    out, scores = self.block(x, q, 0, own, turns, dtype, epsilon, schemes, ranges, 1., False, explicit,
                             annotate(List[Tensor], []))
    loss = torch.mse_loss(out, target)
    found = torch.grad([loss], leaves, None, False, False, True)
    torch.set_grad_enabled(False)
    results = [torch.detach(loss)]
    for i in range(torch.len(found)):
      if torch.numel(leaves[i]) != 0:
        d = torch.zeros_like(leaves[i])
        one = found[i]
        if one is not None:
          d = one
        results.append(d)
    torch.set_grad_enabled(True)
    return results

  # Mean squared difference of a block's output from the one that is wanted; arguments as for block_gradients.
  def block_error(self: __torch__.Ops, x: Tensor, target: Tensor, p: List[Tensor], form: Tensor, constants: Tensor,
                  shape: Tensor) -> List[Tensor]:
    torch.set_grad_enabled(False)
    own = self.whole(form)
    q = annotate(List[Tensor], [x, x])
    for i in range(torch.len(p)):
      q.append(p[i])
    out, scores = self.block(x, q, 0, own, self.turns(constants, own[self.POSITIONS], torch.size(x, 1), x),
                             self.entry(shape, self.DTYPE), self.number(constants, self.EPSILON),
                             torch.zeros([6, 3], dtype=self.INT64, device=x.device),
                             torch.zeros([4, 2], dtype=self.FLOAT32, device=x.device), 1., False,
                             self.entry(shape, self.BLOCK_EXPLICIT) != 0, annotate(List[Tensor], []))
    loss = torch.mse_loss(out, target)
    torch.set_grad_enabled(True)
    return [loss]
