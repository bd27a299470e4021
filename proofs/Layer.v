(** Convolution layers with stride s, dilation d and padding p, of any sizes, over every ring R.

    R need not be commutative: square channel matrices are such a ring, so all this holds for layers with channels. *)
From mathcomp Require Import all_ssreflect all_algebra.
From ConvAlgebra Require Import Circulant.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

(** entry (o, i) of the matrix of a layer: y_o = sum_a w_a x_(s o + d a - p), zeros outside *)
Definition layer (R : ringType) K (w : 'I_K -> R) (s d p o i : nat) : R :=
  \sum_(a < K) w a *+ (i + p == s * o + d * a)%N.

Section Layer.
Variable R : ringType.

Lemma sum_at (T : nat) (f : 'I_T -> R) (b : nat) (bT : (b < T)%N) :
  \sum_(t < T) f t *+ (t == b :> nat) = f (Ordinal bT).
Proof.
rewrite (bigD1 (Ordinal bT)) //= eqxx mulr1n big1 ?addr0 // => t.
by rewrite -val_eqE /= => /negPf->.
Qed.

Lemma layer_mul T (t : 'I_T) K (w : 'I_K -> R) (x : R) s d p i :
  x * layer w s d p t i = \sum_(a < K) (x * w a) *+ (i + p == s * t + d * a)%N.
Proof. by rewrite mulr_sumr; apply: eq_bigr => a _; rewrite mulrnAr. Qed.

(** two layers, the second without padding, are one: kernel u * (v up ..), stride s1 s2, padding p *)
Theorem compose K1 K2 (v : 'I_K1 -> R) (u : 'I_K2 -> R) s1 s2 d1 d2 p T o i :
  (forall b : 'I_K2, s2 * o + d2 * b < T)%N ->
  \sum_(t < T) layer u s2 d2 0 o t * layer v s1 d1 p t i
    = \sum_(b < K2) \sum_(a < K1) (u b * v a) *+ (i + p == s1 * s2 * o + (s1 * d2 * b + d1 * a))%N.
Proof.
move=> fit; under eq_bigr do rewrite /layer mulr_suml.
rewrite exchange_big /=; apply: eq_bigr => b _.
under eq_bigr do rewrite addn0 mulrnAl.
rewrite (sum_at (fun t : 'I_T => u b * layer v s1 d1 p t i) (fit b)) layer_mul.
by apply: eq_bigr => a _; rewrite /= mulnDr !mulnA addnA.
Qed.

(** A = D_s T(w): a strided layer keeps every s-th row of the layer of stride 1 *)
Theorem stride_keeps_rows K (w : 'I_K -> R) s d p o i : layer w s d p o i = layer w 1 d p (s * o)%N i.
Proof. by apply: eq_bigr => a _; rewrite mul1n. Qed.

(** A = T(w) P: a padded layer is the valid layer on the signal between p zeros and as many as are read *)
Theorem pad_then_slide K (w : 'I_K -> R) s d p U o i :
  (forall a : 'I_K, s * o + d * a < U)%N ->
  \sum_(u < U) layer w s d 0 o u *+ (u == i + p :> nat)%N = layer w s d p o i.
Proof.
move=> fit; under eq_bigr do rewrite /layer -sumrMnl.
rewrite exchange_big /=; apply: eq_bigr => a _.
under eq_bigr do rewrite addn0 mulrnAC.
rewrite (sum_at (fun u : 'I_U => w a *+ (u == i + p :> nat)%N) (fit a)) /=.
by rewrite eq_sym.
Qed.

(** the transposed layer reads the same table by columns *)
Theorem scatter K (w : 'I_K -> R) s d p O (x : 'I_O -> R) i :
  \sum_(o < O) layer w s d p o i * x o = \sum_(a < K) \sum_(o < O) (w a * x o) *+ (i + p == s * o + d * a)%N.
Proof.
under eq_bigr do rewrite /layer mulr_suml.
by rewrite exchange_big; apply: eq_bigr => a _; apply: eq_bigr => o _; rewrite mulrnAl.
Qed.

(** A = sum over taps of w_a E_a is linear in the kernel: parallel branches of one geometry add up *)
Theorem branches K (u v : 'I_K -> R) s d p o i :
  layer u s d p o i + layer v s d p o i = layer (fun a => u a + v a) s d p o i.
Proof. by rewrite /layer -big_split; apply: eq_bigr => a _; rewrite mulrnDl. Qed.

Theorem one_tap (c : R) o i : layer (fun _ : 'I_1 => c) 1 1 0 o i = c *+ (i == o)%N.
Proof. by rewrite /layer big_ord1 /= !mul1n !addn0. Qed.

(** a dilated kernel is a kernel with d - 1 zeros between its taps *)
Theorem dilate K (w : 'I_K -> R) s d p o i (d0 : (0 < d)%N) :
  layer w s d p o i
    = layer (fun c : 'I_(d * K) => if (d %| c)%N then oapp w 0 (insub (c %/ d)%N) else 0) s 1 p o i.
Proof.
rewrite /layer [RHS](bigID (fun c : 'I_(d * K) => d %| c)%N) /= [X in _ = _ + X]big1 ?addr0; last first.
  by move=> c /negPf->; rewrite mul0rn.
case: K w => [|K] w; first by rewrite big_ord0 big1 // => -[c cK]; rewrite muln0 in cK *.
have fit (a : 'I_K.+1) : (d * a < d * K.+1)%N by rewrite ltn_pmul2l.
rewrite (reindex_onto (fun a : 'I_K.+1 => Ordinal (fit a)) (fun c => inord (c %/ d) : 'I_K.+1)) /=; last first.
  move=> c dc; apply/ord_inj; rewrite /= inordK; first by rewrite mulnC divnK.
  by rewrite ltn_divLR // [X in (_ < X)%N]mulnC.
apply: eq_big => [a | a _]; first by rewrite dvdn_mulr // mulKn // inord_val eqxx.
by rewrite dvdn_mulr // mulKn // insubT //= => aK; rewrite mul1n; congr (w _ *+ _); apply/ord_inj.
Qed.
End Layer.

(** <A x, y> = <x, A^T y> *)
Theorem layer_adjoint (R : comRingType) K (w : 'I_K -> R) s d p n O (x : 'I_n -> R) (y : 'I_O -> R) :
  \sum_(o < O) (\sum_(i < n) layer w s d p o i * x i) * y o
    = \sum_(i < n) x i * \sum_(o < O) layer w s d p o i * y o.
Proof.
under eq_bigr do rewrite mulr_suml; rewrite exchange_big /=; apply: eq_bigr => i _.
by rewrite mulr_sumr; apply: eq_bigr => o _; rewrite mulrAC mulrC.
Qed.

(** linear convolution inside a circulant of any size N = n.+1 that leaves room *)
Section Embedding.
Variables (R : comRingType) (n K : nat) (w : 'I_K -> R).
Notation I := 'I_n.+1.

(** the kernel among N - K zeros *)
Definition padded (c : I) : R := oapp w 0 (insub (nat_of_ord c)).

Lemma padded_sum (c : I) : padded c = \sum_(a < K) w a *+ (a == c :> nat).
Proof.
rewrite /padded; case: insubP => [a _ /= ac | nc] /=.
  by rewrite (bigD1 a) //= ac eqxx big1 ?addr0 // => b; rewrite -val_eqE /= ac => /negPf->.
by rewrite big1 // => a _; case: eqP => // ac; rewrite -ac ltn_ord in nc.
Qed.

Lemma wrap_free (i j : I) (a : 'I_K) : (j + K <= n.+1)%N -> (a == (i - j)%R :> nat) = (i == j + a :> nat)%N.
Proof.
move=> room; have jaN : (j + a < n.+1)%N by rewrite (leq_trans _ room) // ltn_add2l.
have aN : (a < n.+1)%N by rewrite (leq_ltn_trans (leq_addl j a)).
have -> : (a == (i - j)%R :> nat) = (Ordinal aN == i - j) by rewrite -val_eqE.
rewrite [_ == i - j]eq_sym subr_eq -val_eqE /= modn_small; first by rewrite addnC.
by rewrite addnC.
Qed.

(** T(w) is a block of C_w: full convolution of n places is circular convolution of n + K - 1 *)
Theorem embedding (i j : I) :
  (j + K <= n.+1)%N -> circ padded i j = \sum_(a < K) w a *+ (i == j + a :> nat)%N.
Proof. by move=> room; rewrite mxE padded_sum; apply: eq_bigr => a _; rewrite wrap_free. Qed.

(** valid correlation is the transposed circulant where nothing wraps *)
Theorem embedding_valid (o i : I) :
  (o + K <= n.+1)%N -> (circ padded)^T o i = layer w 1 1 0 o i.
Proof.
by move=> room; rewrite mxE embedding //; apply: eq_bigr => a _; rewrite addn0 !mul1n.
Qed.
End Embedding.
