
  # ---- Without gradient: the same as in onednn.py where the engine has no oneDNN, and on other devices. ----

  def product(self: __torch__.Ops, x: Tensor, w: Tensor, b: Tensor, kind: int) -> Tensor:
    if torch.numel(b) != 0:
      y = torch.linear(x, w, b)
    else:
      y = torch.linear(x, w)
    if kind != self.NO_FUNCTION:
      y = self.activated(y, kind)
    return y

  def add_moments(self: __torch__.Ops, x: Tensor, moments: Tensor) -> Tensor:
    torch.set_grad_enabled(False)
    n = torch.size(x, 1)
    for i in range(torch.floordiv(n + 383, 384)):
      to = ops.prim.min(n, (i + 1) * 384)
      part = torch.matmul(torch.transpose(torch.slice(x, 1, i * 384), 0, 1), torch.slice(x, 1, i * 384, to))
      torch.add_(torch.slice(torch.slice(moments, 0, i * 384), 1, i * 384, to), part)
    torch.set_grad_enabled(True)
    return moments

  def causal_attention(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return torch.scaled_dot_product_attention(q, k, v, None, 0., True)
