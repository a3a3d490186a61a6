
  # ---- Without gradient: products by oneDNN, which has AVX-512 on every processor; MKL has it on those of Intel alone. ----

  # x W^T + b in float32, then the function of activated: 0 GELU with tanh, 2 GELU; -1 for none.
  def product(self: __torch__.Ops, x: Tensor, w: Tensor, b: Tensor, kind: int) -> Tensor:
    bias = annotate(Optional[Tensor], None)
    if torch.numel(b) != 0:
      bias = b
    name = "none"
    how = "none"
    if kind >= 0:
      name = "gelu"
    if kind == 0:
      how = "tanh"
    return ops.mkldnn._linear_pointwise(x, w, bias, name, annotate(List[Optional[number]], []), how)

  # Adds X^T X to moments, float64 [n, n], left of the diagonal and on it; right of it some of the products. x: float32 [rows, n].
  def add_moments(self: __torch__.Ops, x: Tensor, moments: Tensor) -> Tensor:
    torch.set_grad_enabled(False)
    n = torch.size(x, 1)
    t = torch.contiguous(torch.transpose(x, 0, 1))
    for i in range(torch.floordiv(n + 191, 192)):
      to = ops.prim.min(n, (i + 1) * 192)
      part = self.product(torch.slice(t, 0, i * 192), torch.slice(t, 0, i * 192, to), torch.zeros([0]), -1)
      torch.add_(torch.slice(torch.slice(moments, 0, i * 192), 1, i * 192, to), part)
    torch.set_grad_enabled(True)
    return moments
