
  # ---- Models with an encoder: a classifier or a decoder reads what it gives. ----
  # p: wte, wpe, tte, ln_e (weight, bias), distances; for every block of the encoder c_attn, c_proj, ln_1, c_fc, c_proj,
  # ln_2 (weight, bias); ln_f; pooler, classifier; of the decoder wpe, ln_e, distances; for every block c_attn, c_proj,
  # ln_1, c_q, c_kv, c_proj, ln_2, c_fc, c_proj, ln_3; ln_f; lm_head. What an architecture does not have is without
  # elements.
  # schemes, ranges: one row for every linear of the blocks, in the order of the model.
  # ids: [batch, 1 + tokens], a label before each text; with a decoder [batch, 1 + tokens + answer], the number of the
  # text's tokens before it and the answer behind it. Rows that are shorter are filled up.

  # form: the architecture; HEADS is the decoder's number too.
  ENCODER_HEAD_WIDTH : Final[int] = 1
  ENCODER_NORM : Final[int] = 2
  # Norms stand before their parts, not behind the sums.
  NORM_FIRST : Final[int] = 3
  # Rows of the table before the first position.
  FIRST_POSITION : Final[int] = 4
  # Of distances between tokens, and the farthest that is told apart.
  BUCKETS : Final[int] = 5
  FARTHEST : Final[int] = 6
  EMBEDDING_NORM : Final[int] = 7
  ENCODER_ACTIVATION : Final[int] = 8
  GATED : Final[int] = 9
  ENCODER_BLOCKS : Final[int] = 10
  DECODER_BLOCKS : Final[int] = 11
  # Ids that fill up, that stand between two texts, and that an answer begins with.
  PAD : Final[int] = 12
  SEPARATOR : Final[int] = 13
  START : Final[int] = 14

  # form[ENCODER_ACTIVATION]
  ENCODER_GELU : Final[int] = 0
  ENCODER_TANH_GELU : Final[int] = 1
  ENCODER_RELU : Final[int] = 2

  # constants, in float64, behind EPSILON: factors of the scores, of the embeddings, of what the vocabulary product
  # reads.
  SCORE_FACTOR : Final[int] = 1
  EMBEDDING_FACTOR : Final[int] = 2
  HEAD_FACTOR : Final[int] = 3

  # shape, behind DTYPE.
  ENCODER_CLIPPED : Final[int] = 1

  # A row's PAIR_KIND, beside HIDDEN and ATTENTION, which are the encoder's.
  DECODER_HIDDEN : Final[int] = 2
  DECODER_ATTENTION : Final[int] = 3
  CROSS_ATTENTION : Final[int] = 4

  def encoder_places(self: __torch__.Ops, form: List[int]) -> int:
    return 6 + 12 * form[self.ENCODER_BLOCKS]

  def decoder_places(self: __torch__.Ops, form: List[int]) -> int:
    return 16 + 12 * form[self.ENCODER_BLOCKS]

  def taken_in(self: __torch__.Ops, x: Tensor, place: int, schemes: Tensor, ranges: Tensor, momentum: float,
               watch: bool, inputs: List[Tensor]) -> Tensor:
    if watch:
      inputs.append(torch.detach(x))
    return self.quantized_input(x, torch.select(schemes, 0, place), torch.select(ranges, 0, place), momentum)

  # Which bucket a distance (key minus query) falls into (T5, arXiv:1910.10683): half of them hold one distance each,
  # the others grow by a constant factor; where both directions count each has half of all.
  def bucketed(self: __torch__.Ops, distances: Tensor, buckets: int, farthest: int, both: bool) -> Tensor:
    if both:
      own = torch.floordiv(buckets, 2)
      base = torch.mul(torch.to(torch.gt(distances, 0), self.INT64), own)
      n = torch.abs(distances)
    else:
      own = buckets
      base = torch.zeros_like(distances)
      n = torch.neg(torch.clamp(distances, None, 0))
    exact = torch.floordiv(own, 2)
    ratio = torch.log(torch.div(torch.to(torch.clamp(n, 1), self.FLOAT32), float(exact)))
    most = torch.log(torch.full([], float(farthest) / float(exact), dtype=self.FLOAT64, device=ratio.device))
    far = torch.mul(torch.div(ratio, float(most)), float(own - exact))
    far = torch.clamp(torch.add(torch.to(far, self.INT64), exact), None, own - 1)
    return torch.add(base, torch.where(torch.lt(n, exact), n, far))

  # w: [buckets, heads]. Returns what is added to the scores, [1, heads, queries, keys]; without elements where w is.
  def distance_bias(self: __torch__.Ops, w: Tensor, before: int, queries: int, keys: int, form: List[int],
                    both: bool) -> Tensor:
    bias = w
    if torch.numel(w) != 0:
      at = torch.unsqueeze(torch.arange(before, before + queries, dtype=self.INT64, device=w.device), 1)
      to = torch.unsqueeze(torch.arange(keys, dtype=self.INT64, device=w.device), 0)
      bucket = self.bucketed(torch.sub(to, at), form[self.BUCKETS], form[self.FARTHEST], both)
      bias = torch.unsqueeze(torch.permute(torch.embedding(w, bucket), [2, 0, 1]), 0)
    return bias

  def split_heads(self: __torch__.Ops, x: Tensor, form: List[int]) -> Tensor:
    return torch.transpose(torch.view(x,
                                      [torch.size(x, 0), torch.size(x, 1), form[self.HEADS],
                                       form[self.ENCODER_HEAD_WIDTH]]), 1, 2)

  # q, k, v: [batch, heads, tokens, features]. mask: 1 where a query sees a key, [batch or 1, 1, queries or 1, keys].
  # Returns what attention gives, [batch, tokens, features], and the scores before the mask.
  def masked_attention(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, bias: Tensor, mask: Tensor,
                       factor: float) -> Tuple[Tensor, Tensor]:
    scores = torch.matmul(q, torch.transpose(k, 2, 3))
    if scores.dtype == self.BFLOAT16:
      scores = torch.to(scores, self.FLOAT32)
    scores = torch.mul(scores, factor)
    if torch.numel(bias) != 0:
      scores = torch.add(scores, torch.type_as(bias, scores))
    hidden = torch.mul(torch.sub(torch.type_as(mask, scores), 1.), 1e9)
    a = torch.matmul(torch.type_as(torch.softmax(torch.add(scores, hidden), -1), v), v)
    a = torch.reshape(torch.transpose(a, 1, 2), [torch.size(q, 0), torch.size(q, 2), -1])
    return (a, scores)

  # The norm of a part: before it, or behind its sum with the stream.
  def before_part(self: __torch__.Ops, x: Tensor, p: List[Tensor], at: int, form: List[int], epsilon: float) -> Tensor:
    y = x
    if form[self.NORM_FIRST] != 0:
      y = self.norm(x, p[at], p[at + 1], form[self.ENCODER_NORM], epsilon)
    return y

  def behind_part(self: __torch__.Ops, x: Tensor, y: Tensor, p: List[Tensor], at: int, form: List[int],
                  epsilon: float) -> Tensor:
    s = torch.add(x, torch.type_as(y, x))
    if form[self.NORM_FIRST] == 0:
      s = self.norm(s, p[at], p[at + 1], form[self.ENCODER_NORM], epsilon)
    return s

  def feed_forward(self: __torch__.Ops, x: Tensor, p: List[Tensor], at: int, place: int, form: List[int],
                   epsilon: float, dtype: int, schemes: Tensor, ranges: Tensor, momentum: float, watch: bool,
                   inputs: List[Tensor]) -> Tensor:
    n = self.before_part(x, p, at + 4, form, epsilon)
    h = self.linear(self.taken_in(n, place, schemes, ranges, momentum, watch, inputs), p[at], p[at + 1], dtype)
    other = h
    if form[self.GATED] != 0:
      inner = torch.floordiv(torch.size(h, 2), 2)
      other = torch.slice(h, 2, inner)
      h = torch.slice(h, 2, 0, inner)
    if form[self.ENCODER_ACTIVATION] == self.ENCODER_GELU:
      h = torch.gelu(h)
    elif form[self.ENCODER_ACTIVATION] == self.ENCODER_TANH_GELU:
      h = torch.gelu(h, approximate="tanh")
    else:
      h = torch.relu(h)
    if form[self.GATED] != 0:
      h = torch.mul(h, other)
    y = self.linear(self.taken_in(h, place + 1, schemes, ranges, momentum, watch, inputs), p[at + 2], p[at + 3], dtype)
    return self.behind_part(x, y, p, at + 4, form, epsilon)

  # The attention of a stack to itself. k_before, v_before: of earlier tokens, or without elements. Returns the stream,
  # the scores, keys and values.
  def own_attention(self: __torch__.Ops, x: Tensor, p: List[Tensor], at: int, place: int, form: List[int],
                    constants: Tensor, dtype: int, schemes: Tensor, ranges: Tensor, momentum: float, bias: Tensor,
                    mask: Tensor, k_before: Tensor, v_before: Tensor, watch: bool,
                    inputs: List[Tensor]) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
    epsilon = self.number(constants, self.EPSILON)
    width = form[self.HEADS] * form[self.ENCODER_HEAD_WIDTH]
    n = self.before_part(x, p, at + 4, form, epsilon)
    y = self.linear(self.taken_in(n, place, schemes, ranges, momentum, watch, inputs), p[at], p[at + 1], dtype)
    q = self.split_heads(torch.slice(y, 2, 0, width), form)
    k = self.split_heads(torch.slice(y, 2, width, 2 * width), form)
    v = self.split_heads(torch.slice(y, 2, 2 * width), form)
    if torch.numel(k_before) != 0:
      k = torch.cat([k_before, k], 2)
      v = torch.cat([v_before, v], 2)
    a, scores = self.masked_attention(q, k, v, bias, mask, self.number(constants, self.SCORE_FACTOR))
    y = self.linear(self.taken_in(a, place + 1, schemes, ranges, momentum, watch, inputs), p[at + 2], p[at + 3], dtype)
    return (self.behind_part(x, y, p, at + 4, form, epsilon), scores, k, v)

  # Keys and values of what the encoder gave, for one block of the decoder.
  def cross_keys(self: __torch__.Ops, states: Tensor, p: List[Tensor], at: int, place: int, form: List[int], dtype: int,
                 schemes: Tensor, ranges: Tensor, momentum: float, watch: bool,
                 inputs: List[Tensor]) -> Tuple[Tensor, Tensor]:
    width = form[self.HEADS] * form[self.ENCODER_HEAD_WIDTH]
    y = self.linear(self.taken_in(states, place, schemes, ranges, momentum, watch, inputs), p[at], p[at + 1], dtype)
    return (self.split_heads(torch.slice(y, 2, 0, width), form), self.split_heads(torch.slice(y, 2, width), form))

  # Words, positions and kinds of text, and the norm behind them. at: of wpe; norm_at: of the norm; before: earlier
  # tokens.
  def placed(self: __torch__.Ops, ids: Tensor, p: List[Tensor], at: int, kinds: Tensor, norm_at: int, form: List[int],
             constants: Tensor, before: int) -> Tensor:
    x = torch.embedding(p[0], ids)
    factor = self.number(constants, self.EMBEDDING_FACTOR)
    if factor != 1.:
      x = torch.mul(x, factor)
    if torch.numel(p[at]) != 0:
      first = form[self.FIRST_POSITION] + before
      x = torch.add(x, torch.slice(p[at], 0, first, first + torch.size(ids, 1)))
    if torch.numel(kinds) != 0:
      passed = torch.to(torch.eq(ids, form[self.SEPARATOR]), self.INT64)
      kind = torch.sub(torch.cumsum(passed, 1), passed)
      x = torch.add(x, torch.embedding(kinds, torch.clamp(kind, None, ops.prim.min(1, torch.size(kinds, 0) - 1))))
    if form[self.EMBEDDING_NORM] != 0:
      x = self.norm(x, p[norm_at], p[norm_at + 1], form[self.ENCODER_NORM], self.number(constants, self.EPSILON))
    return x

  def final_norm(self: __torch__.Ops, x: Tensor, p: List[Tensor], at: int, form: List[int],
                 constants: Tensor) -> Tensor:
    y = x
    if form[self.NORM_FIRST] != 0:
      y = self.norm(x, p[at], p[at + 1], form[self.ENCODER_NORM], self.number(constants, self.EPSILON))
    return y

  # Hidden states: the embedding output, every block's output, and the last one behind the final norm. Scores: one a
  # block.
  def encoded(self: __torch__.Ops, ids: Tensor, p: List[Tensor], form: List[int], constants: Tensor, dtype: int,
              schemes: Tensor, ranges: Tensor, momentum: float, watch: bool,
              inputs: List[Tensor]) -> Tuple[List[Tensor], List[Tensor]]:
    epsilon = self.number(constants, self.EPSILON)
    tokens = torch.size(ids, 1)
    mask = self.seen(ids, form)
    bias = self.distance_bias(p[5], 0, tokens, tokens, form, True)
    none = torch.zeros([0], dtype=self.FLOAT32, device=ids.device)
    x = self.placed(ids, p, 1, p[2], 3, form, constants, 0)
    hidden = [x]
    scores = annotate(List[Tensor], [])
    for i in range(form[self.ENCODER_BLOCKS]):
      at = 6 + 12 * i
      x, s, k, v = self.own_attention(x, p, at, 4 * i, form, constants, dtype, schemes, ranges, momentum, bias, mask,
                                      none, none, watch, inputs)
      x = self.feed_forward(x, p, at + 6, 4 * i + 2, form, epsilon, dtype, schemes, ranges, momentum, watch, inputs)
      hidden.append(x)
      scores.append(s)
    hidden.append(self.final_norm(x, p, self.encoder_places(form), form, constants))
    return (hidden, scores)

  # 1 for tokens that are no filling: [batch, 1, 1, tokens].
  def seen(self: __torch__.Ops, ids: Tensor, form: List[int]) -> Tensor:
    return torch.unsqueeze(torch.unsqueeze(torch.to(torch.ne(ids, form[self.PAD]), self.FLOAT32), 1), 1)

  # ids: what the decoder reads. states, mask: of the encoder. Hidden states as for the encoder; scores of the attention
  # to itself and to the text.
  def answered(self: __torch__.Ops, ids: Tensor, states: Tensor, mask: Tensor, p: List[Tensor], form: List[int],
               constants: Tensor, dtype: int, schemes: Tensor, ranges: Tensor, momentum: float, watch: bool,
               inputs: List[Tensor]) -> Tuple[List[Tensor], List[Tensor], List[Tensor]]:
    keys = annotate(List[Tensor], [])
    before = annotate(List[Tensor], [])
    return self.decoded(ids, states, mask, keys, before, p, form, constants, dtype, schemes, ranges, momentum, watch,
                        inputs)

  # keys: keys and values of the text for every block, or none, and then they are made of states. before: keys and
  # values of earlier tokens for every block, or none; they are replaced by those with the new tokens.
  def decoded(self: __torch__.Ops, ids: Tensor, states: Tensor, mask: Tensor, keys: List[Tensor], before: List[Tensor],
              p: List[Tensor], form: List[int], constants: Tensor, dtype: int, schemes: Tensor, ranges: Tensor,
              momentum: float, watch: bool, inputs: List[Tensor]) -> Tuple[List[Tensor], List[Tensor], List[Tensor]]:
    epsilon = self.number(constants, self.EPSILON)
    none = torch.zeros([0], dtype=self.FLOAT32, device=ids.device)
    start = self.decoder_places(form) - 4
    tokens = torch.size(ids, 1)
    known = torch.len(before) != 0
    past = 0
    if known:
      past = torch.size(before[0], 2)
    causal = torch.tril(torch.ones([1, 1, tokens, past + tokens], dtype=self.FLOAT32, device=ids.device), past)
    bias = self.distance_bias(p[start + 3], past, tokens, past + tokens, form, False)
    x = self.placed(ids, p, start, none, start + 1, form, constants, past)
    hidden = [x]
    own_scores = annotate(List[Tensor], [])
    cross_scores = annotate(List[Tensor], [])
    for i in range(form[self.DECODER_BLOCKS]):
      at = self.decoder_places(form) + 20 * i
      place = 4 * form[self.ENCODER_BLOCKS] + 7 * i
      k_before = none
      v_before = none
      if known:
        k_before = before[2 * i]
        v_before = before[2 * i + 1]
      x, s, k, v = self.own_attention(x, p, at, place, form, constants, dtype, schemes, ranges, momentum, bias, causal,
                                      k_before, v_before, watch, inputs)
      own_scores.append(s)
      if known:
        before[2 * i] = k
        before[2 * i + 1] = v
      n = self.before_part(x, p, at + 12, form, epsilon)
      q = self.linear(self.taken_in(n, place + 2, schemes, ranges, momentum, watch, inputs), p[at + 6], p[at + 7],
                      dtype)
      if torch.len(keys) != 0:
        k = keys[2 * i]
        v = keys[2 * i + 1]
      else:
        k, v = self.cross_keys(states, p, at + 8, place + 3, form, dtype, schemes, ranges, momentum, watch, inputs)
      a, s = self.masked_attention(self.split_heads(q, form), k, v, none, mask,
                                   self.number(constants, self.SCORE_FACTOR))
      cross_scores.append(s)
      y = self.linear(self.taken_in(a, place + 4, schemes, ranges, momentum, watch, inputs), p[at + 10], p[at + 11],
                      dtype)
      x = self.behind_part(x, y, p, at + 12, form, epsilon)
      x = self.feed_forward(x, p, at + 14, place + 5, form, epsilon, dtype, schemes, ranges, momentum, watch, inputs)
      hidden.append(x)
    hidden.append(self.final_norm(x, p, torch.len(p) - 4, form, constants))
    return (hidden, own_scores, cross_scores)

  # Logits of the labels, [batch, labels].
  def label_logits(self: __torch__.Ops, last: Tensor, p: List[Tensor], form: List[int], dtype: int) -> Tensor:
    at = self.encoder_places(form) + 2
    first = torch.tanh(self.linear(torch.select(last, 1, 0), p[at], p[at + 1], dtype))
    return self.linear(first, p[at + 2], p[at + 3], dtype)

  # Logits of the words, [batch, tokens, vocabulary].
  def word_logits(self: __torch__.Ops, last: Tensor, p: List[Tensor], constants: Tensor, dtype: int) -> Tensor:
    at = torch.len(p) - 2
    factor = self.number(constants, self.HEAD_FACTOR)
    w = p[at]
    if torch.numel(w) == 0:
      w = p[0]
    x = last
    if factor != 1.:
      x = torch.mul(x, factor)
    return self.linear(x, w, p[at + 1], dtype)

  # The two parts of a row behind its first number, and the answer as the decoder reads it: behind the id it begins
  # with.
  def text_part(self: __torch__.Ops, ids: Tensor, form: List[int]) -> Tensor:
    end = torch.size(ids, 1)
    if form[self.DECODER_BLOCKS] != 0:
      end = 1 + int(torch.select(torch.select(ids, 0, 0), 0, 0))
    return torch.slice(ids, 1, 1, end)

  def answer_part(self: __torch__.Ops, ids: Tensor, form: List[int]) -> Tensor:
    return torch.slice(ids, 1, 1 + int(torch.select(torch.select(ids, 0, 0), 0, 0)))

  def begun(self: __torch__.Ops, answer: Tensor, form: List[int]) -> Tensor:
    first = torch.full([torch.size(answer, 0), 1], form[self.START], dtype=self.INT64, device=answer.device)
    return torch.cat([first, torch.slice(answer, 1, 0, torch.size(answer, 1) - 1)], 1)

  # A whole pass. Returns the logits, [rows, labels or words], then hidden states and scores of the encoder, hidden
  # states, scores and cross scores of the decoder.
  def passed(self: __torch__.Ops, ids: Tensor, p: List[Tensor], form: List[int], constants: Tensor, dtype: int,
             schemes: Tensor, ranges: Tensor, momentum: float, watch: bool,
             inputs: List[Tensor]) -> Tuple[Tensor, List[Tensor], List[Tensor], List[Tensor], List[Tensor],
                                            List[Tensor]]:
    text = self.text_part(ids, form)
    hidden, scores = self.encoded(text, p, form, constants, dtype, schemes, ranges, momentum, watch, inputs)
    last = hidden[torch.len(hidden) - 1]
    d_hidden = annotate(List[Tensor], [])
    d_scores = annotate(List[Tensor], [])
    cross = annotate(List[Tensor], [])
    if form[self.DECODER_BLOCKS] == 0:
      z = self.label_logits(last, p, form, dtype)
    else:
      read = self.begun(self.answer_part(ids, form), form)
      d_hidden, d_scores, cross = self.answered(read, last, self.seen(text, form), p, form, constants, dtype, schemes,
                                                ranges, momentum, watch, inputs)
      z = self.word_logits(d_hidden[torch.len(d_hidden) - 1], p, constants, dtype)
      z = torch.reshape(z, [-1, torch.size(z, 2)])
    if z.dtype == self.BFLOAT16:
      z = torch.to(z, self.FLOAT32)
    return (z, hidden, scores, d_hidden, d_scores, cross)

  # What is to be predicted in each row of the logits, and 1 where it counts.
  def wanted(self: __torch__.Ops, ids: Tensor, form: List[int]) -> Tuple[Tensor, Tensor]:
    if form[self.DECODER_BLOCKS] == 0:
      label = torch.select(ids, 1, 0)
      counts = torch.ones_like(label)
    else:
      label = torch.reshape(self.answer_part(ids, form), [-1])
      counts = torch.ne(label, form[self.PAD])
    return (label, torch.to(counts, self.FLOAT32))

  # Sum over the pairs of one kind of the mean squared difference; weight: 1 where a token or cell counts.
  def paired_term(self: __torch__.Ops, kind: int, own: List[Tensor], taught: List[Tensor], maps: Tensor,
                  weight: Tensor) -> Tensor:
    loss = torch.zeros([], dtype=self.FLOAT32, device=weight.device)
    for i in range(torch.size(maps, 0)):
      pair = torch.select(maps, 0, i)
      if self.entry(pair, self.PAIR_KIND) == kind:
        x = own[self.entry(pair, self.OWN)]
        squares = torch.mul(torch.pow(torch.sub(x, taught[self.entry(pair, self.TAUGHT)]), 2), weight)
        cells = torch.mul(torch.sum(weight), float(torch.numel(x)) / float(torch.numel(weight)))
        loss = torch.add(loss, torch.div(torch.sum(squares), cells))
    return loss

  # p[]: student. t[]: teacher, or one empty array. The rest is as for gradients, and so is what it returns.
  def encoder_gradients(self: __torch__.Ops, ids: Tensor, p: List[Tensor], form: Tensor, constants: Tensor,
                        t: List[Tensor], t_form: Tensor, t_constants: Tensor, shape: Tensor, numbers: Tensor,
                        terms: Tensor, maps: Tensor, weight_schemes: Tensor, input_schemes: Tensor,
                        teacher_schemes: Tensor, ranges: Tensor) -> List[Tensor]:
    dtype = self.entry(shape, self.DTYPE)
    clipped = self.entry(shape, self.ENCODER_CLIPPED) != 0
    hidden_weight = self.number(numbers, self.HIDDEN_WEIGHT)
    attention_weight = self.number(numbers, self.ATTENTION_WEIGHT)
    share = self.number(numbers, self.SHARE)
    momentum = self.number(numbers, self.MOMENTUM)
    kl_weight = self.number(terms, self.KL)
    soft_weight = self.number(terms, self.SOFT)
    label_weight = self.number(terms, self.LABELS)
    temperature = self.number(terms, self.TEMPERATURE)
    own = self.whole(form)
    label, counts = self.wanted(ids, own)
    total = torch.clamp(torch.sum(counts), 1.)
    torch.set_grad_enabled(False)
    leaves = annotate(List[Tensor], [])
    for i in range(torch.len(p)):
      leaves.append(torch.requires_grad_(torch.detach(self.quantized_weight(p[i], torch.select(weight_schemes, 0, i))),
                                         True))
    torch.set_grad_enabled(True)
    z, hidden, scores, d_hidden, d_scores, cross = self.passed(ids, leaves, own, constants, dtype, input_schemes,
                                                               ranges, momentum, False, annotate(List[Tensor], []))
    zero = torch.zeros([], dtype=self.FLOAT32, device=ids.device)
    kl = zero
    soft = zero
    hidden_loss = zero
    attention_loss = zero
    log_q = torch.log_softmax(z, 1)
    nll = torch.neg(torch.squeeze(torch.gather(log_q, 1, torch.unsqueeze(label, 1)), 1))
    labels = torch.div(torch.sum(torch.mul(nll, counts)), total)
    if torch.numel(t[0]) != 0:
      torch.set_grad_enabled(False)
      taught = self.whole(t_form)
      no_ranges = torch.zeros([torch.size(teacher_schemes, 0), 2], dtype=self.FLOAT32, device=ids.device)
      y, t_hidden, t_scores, td_hidden, td_scores, t_cross = self.passed(ids, t, taught, t_constants, dtype,
                                                                         teacher_schemes, no_ranges, 1., False,
                                                                         annotate(List[Tensor], []))
      log_y = torch.log_softmax(torch.div(y, temperature), 1)
      p_y = torch.exp(log_y)
      torch.set_grad_enabled(True)
      log_p = torch.log_softmax(torch.div(z, temperature), 1)
      each = torch.neg(torch.sum(torch.mul(p_y, log_p), [1]))
      crossed = torch.div(torch.sum(torch.mul(each, counts)), total)
      entropy = torch.div(torch.sum(torch.mul(torch.neg(torch.sum(torch.mul(p_y, log_y), [1])), counts)), total)
      kl = torch.mul(torch.sub(crossed, entropy), temperature * temperature)
      soft = torch.div(crossed, float(torch.size(z, 1)))
      key = self.seen(self.text_part(ids, own), own)
      query = torch.transpose(key, 2, 3)
      if hidden_weight != 0.:
        hidden_loss = self.paired_term(self.HIDDEN, hidden, t_hidden, maps, torch.squeeze(query, 1))
      if attention_weight != 0.:
        attention_loss = self.paired_term(self.ATTENTION, scores, t_scores, maps, torch.mul(query, key))
      if own[self.DECODER_BLOCKS] != 0:
        reads = torch.transpose(self.seen(self.answer_part(ids, own), own), 2, 3)
        tokens = torch.size(reads, 2)
        causal = torch.tril(torch.ones([1, 1, tokens, tokens], dtype=self.FLOAT32, device=ids.device))
        if hidden_weight != 0.:
          hidden_loss = torch.add(hidden_loss,
                                  self.paired_term(self.DECODER_HIDDEN, d_hidden, td_hidden, maps,
                                                   torch.squeeze(reads, 1)))
        if attention_weight != 0.:
          attention_loss = torch.add(attention_loss,
                                     self.paired_term(self.DECODER_ATTENTION, d_scores, td_scores, maps,
                                                      torch.mul(reads, causal)))
          attention_loss = torch.add(attention_loss,
                                     self.paired_term(self.CROSS_ATTENTION, cross, t_cross, maps,
                                                      torch.mul(reads, key)))
    loss = torch.add(torch.mul(kl, kl_weight), torch.mul(soft, soft_weight))
    loss = torch.add(loss, torch.mul(labels, label_weight))
    loss = torch.add(loss, torch.mul(hidden_loss, hidden_weight))
    loss = torch.add(loss, torch.mul(attention_loss, attention_weight))
    found = torch.grad([loss], leaves, None, False, False, True)
    torch.set_grad_enabled(False)
    out = [torch.to(torch.stack([torch.detach(kl), torch.detach(soft), torch.detach(labels), torch.detach(hidden_loss),
                                 torch.detach(attention_loss)]), self.FLOAT32)]
    for i in range(torch.len(found)):
      if torch.numel(leaves[i]) != 0:
        d = torch.zeros_like(leaves[i])
        one = found[i]
        if one is not None:
          d = one
        if share != 1.:
          d = torch.mul(d, share)
        out.append(self.straight_through(d, p[i], torch.select(weight_schemes, 0, i), clipped))
    torch.set_grad_enabled(True)
    return out

  # Logits of the labels or, token by token of the answers, of the words, [rows, labels or words].
  def encoder_logits(self: __torch__.Ops, ids: Tensor, p: List[Tensor], form: Tensor, constants: Tensor, shape: Tensor,
                     weight_schemes: Tensor, input_schemes: Tensor, ranges: Tensor) -> Tensor:
    torch.set_grad_enabled(False)
    dtype = self.entry(shape, self.DTYPE)
    q = self.quantized_weights(p, weight_schemes, dtype)
    z, hidden, scores, d_hidden, d_scores, cross = self.passed(ids, q, self.whole(form), constants, dtype,
                                                               input_schemes, ranges, 1., False,
                                                               annotate(List[Tensor], []))
    torch.set_grad_enabled(True)
    return torch.to(z, self.FLOAT32)

  # Returns [sum of negative log-likelihoods, predictions, correct ones, predictions again].
  def encoder_evaluate(self: __torch__.Ops, ids: Tensor, p: List[Tensor], form: Tensor, constants: Tensor,
                       shape: Tensor, weight_schemes: Tensor, input_schemes: Tensor, ranges: Tensor) -> Tensor:
    z = self.encoder_logits(ids, p, form, constants, shape, weight_schemes, input_schemes, ranges)
    label, counts = self.wanted(ids, self.whole(form))
    nll = torch.sub(torch.logsumexp(z, [1]), torch.squeeze(torch.gather(z, 1, torch.unsqueeze(label, 1)), 1))
    right = torch.mul(torch.to(torch.eq(torch.argmax(z, 1), label), self.FLOAT32), counts)
    total = torch.to(torch.sum(counts), self.FLOAT64)
    return torch.stack([torch.sum(torch.to(torch.mul(nll, counts), self.FLOAT64)), total,
                        torch.to(torch.sum(right), self.FLOAT64), total])

  # The inputs of every linear of the blocks, before their quantization.
  def encoder_inputs(self: __torch__.Ops, ids: Tensor, p: List[Tensor], form: Tensor, constants: Tensor, shape: Tensor,
                     weight_schemes: Tensor, input_schemes: Tensor, ranges: Tensor) -> List[Tensor]:
    torch.set_grad_enabled(False)
    dtype = self.entry(shape, self.DTYPE)
    inputs = annotate(List[Tensor], [])
    q = self.quantized_weights(p, weight_schemes, dtype)
    z, hidden, scores, d_hidden, d_scores, cross = self.passed(ids, q, self.whole(form), constants, dtype,
                                                               input_schemes, ranges, 1., True, inputs)
    out = annotate(List[Tensor], [])
    for x in inputs:
      out.append(torch.to(x, self.FLOAT32))
    torch.set_grad_enabled(True)
    return out

  # The encoder's embedding, and what every block gives, the encoder's first.
  def encoder_streams(self: __torch__.Ops, ids: Tensor, p: List[Tensor], form: Tensor, constants: Tensor, shape: Tensor,
                      weight_schemes: Tensor, input_schemes: Tensor, ranges: Tensor) -> List[Tensor]:
    torch.set_grad_enabled(False)
    own = self.whole(form)
    dtype = self.entry(shape, self.DTYPE)
    q = self.quantized_weights(p, weight_schemes, dtype)
    z, hidden, scores, d_hidden, d_scores, cross = self.passed(ids, q, own, constants, dtype, input_schemes, ranges, 1.,
                                                               False, annotate(List[Tensor], []))
    out = annotate(List[Tensor], [])
    for i in range(1 + own[self.ENCODER_BLOCKS]):
      out.append(torch.to(hidden[i], self.FLOAT32))
    for i in range(own[self.DECODER_BLOCKS]):
      out.append(torch.to(d_hidden[i + 1], self.FLOAT32))
    torch.set_grad_enabled(True)
    return out

  # ---- Writing answers: the text is read once, and what was written is kept. ids: [batch, tokens] without a first
  # number. Returns for every block of the decoder keys and values of the text. ----
  def text_keys(self: __torch__.Ops, ids: Tensor, p: List[Tensor], form: Tensor, constants: Tensor, shape: Tensor,
                input_schemes: Tensor, ranges: Tensor) -> List[Tensor]:
    torch.set_grad_enabled(False)
    own = self.whole(form)
    dtype = self.entry(shape, self.DTYPE)
    inputs = annotate(List[Tensor], [])
    hidden, scores = self.encoded(ids, p, own, constants, dtype, input_schemes, ranges, 1., False, inputs)
    out = annotate(List[Tensor], [])
    for i in range(own[self.DECODER_BLOCKS]):
      k, v = self.cross_keys(hidden[torch.len(hidden) - 1], p, self.decoder_places(own) + 20 * i + 8,
                             4 * own[self.ENCODER_BLOCKS] + 7 * i + 3, own, dtype, input_schemes, ranges, 1., False,
                             inputs)
      out.append(k)
      out.append(v)
    torch.set_grad_enabled(True)
    return out

  # ids: the newest token of every answer, [batch, 1]; text: [batch, tokens]. keys: from text_keys. before: keys and
  # values of earlier tokens, [batch, heads, 0, features] at first. Returns the logits of the next token, [batch,
  # vocabulary], and before with the new token.
  def next_word(self: __torch__.Ops, ids: Tensor, text: Tensor, keys: List[Tensor], before: List[Tensor],
                p: List[Tensor], form: Tensor, constants: Tensor, shape: Tensor, input_schemes: Tensor,
                ranges: Tensor) -> List[Tensor]:
    torch.set_grad_enabled(False)
    own = self.whole(form)
    dtype = self.entry(shape, self.DTYPE)
    now = annotate(List[Tensor], [])
    for x in before:
      now.append(x)
    none = torch.zeros([0], dtype=self.FLOAT32, device=ids.device)
    hidden, scores, cross = self.decoded(ids, none, self.seen(text, own), keys, now, p, own, constants, dtype,
                                         input_schemes, ranges, 1., False, annotate(List[Tensor], []))
    z = self.word_logits(hidden[torch.len(hidden) - 1], p, constants, dtype)
    out = [torch.to(torch.select(z, 1, torch.size(z, 1) - 1), self.FLOAT32)]
    for x in now:
      out.append(x)
    torch.set_grad_enabled(True)
    return out
