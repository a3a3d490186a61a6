
  # ---- Without gradient: products by oneDNN, which has AVX-512 on every processor; MKL has it on those of Intel alone.
  # ----

  # x W^T + b in float32, then TANH_GELU, ERF_GELU or NO_FUNCTION.
  def product(self: __torch__.Ops, x: Tensor, w: Tensor, b: Tensor, kind: int) -> Tensor:
    bias = annotate(Optional[Tensor], None)
    if torch.numel(b) != 0:
      bias = b
    name = "none"
    how = "none"
    if kind != self.NO_FUNCTION:
      name = "gelu"
    if kind == self.TANH_GELU:
      how = "tanh"
    return ops.mkldnn._linear_pointwise(x, w, bias, name, annotate(List[Optional[number]], []), how)

  # Adds X^T X to moments, float64 [n, n], left of the diagonal and on it; right of it some of the products. x: float32
  # [rows, n]. Large products are the fastest, small ones compute less twice: 1,024 features with all behind them, then
  # with each other by 128.
  def add_moments(self: __torch__.Ops, x: Tensor, moments: Tensor) -> Tensor:
    torch.set_grad_enabled(False)
    n = torch.size(x, 1)
    t = torch.contiguous(torch.transpose(x, 0, 1))
    for i in range(torch.floordiv(n + 1023, 1024)):
      end = ops.prim.min(n, (i + 1) * 1024)
      if end < n:
        self.add_products(t, i * 1024, end, end, n, moments)
      for j in range(i * 8, torch.floordiv(end + 127, 128)):
        self.add_products(t, j * 128, ops.prim.min(end, (j + 1) * 128), j * 128, end, moments)
    torch.set_grad_enabled(True)
    return moments

  # The products of features from to to, as columns, with those from first to last, as rows. t: a row for each feature.
  def add_products(self: __torch__.Ops, t: Tensor, from_: int, to: int, first: int, last: int,
                   moments: Tensor) -> Tensor:
    part = self.product(torch.slice(t, 0, first, last), torch.slice(t, 0, from_, to), torch.zeros([0]),
                        self.NO_FUNCTION)
    return torch.add_(torch.slice(torch.slice(moments, 0, first, last), 1, from_, to), part)

  # The engine's fused attention computes what lies after a query, too: queries by 128 leave most of that out.
  def causal_attention(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    parts = annotate(List[Tensor], [])
    tokens = torch.size(q, 2)
    for i in range(torch.floordiv(tokens + 127, 128)):
      to = ops.prim.min(tokens, (i + 1) * 128)
      rows = to - i * 128
      mask = torch.triu(torch.full([rows, to], -1e9, dtype=q.dtype, device=q.device), i * 128 + 1)
      parts.append(torch.scaled_dot_product_attention(torch.slice(q, 2, i * 128, to), torch.slice(k, 2, 0, to),
                                                      torch.slice(v, 2, 0, to), mask, 0., False))
    return torch.cat(parts, 2)
