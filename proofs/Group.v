(** Convolution on any finite group, abelian or not: exactly the equivariant linear maps. *)
From mathcomp Require Import all_ssreflect all_fingroup all_algebra.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory GroupScope.
Local Open Scope ring_scope.

Section Group.
Variables (R : comRingType) (G : finGroupType).
Implicit Types (x y w : G -> R) (A : G -> G -> R) (a b g h k : G).

Definition conv x w g := \sum_h x h * w (h^-1 * g)%g.
Definition trans k x g := x (k^-1 * g)%g.
Definition delta a g : R := (g == a)%:R.
Definition inverted w g := w g^-1%g.
Definition apply A x g := \sum_h A g h * x h.
Definition dot x y := \sum_g x g * y g.

Theorem group_equivariance k x w : conv (trans k x) w =1 trans k (conv x w).
Proof.
move=> g; rewrite /conv /trans (reindex_inj (mulgI k)) /=.
by apply: eq_bigr => h _; rewrite mulKg invMg mulgA.
Qed.

Lemma apply_delta A h g : apply A (delta h) g = A g h.
Proof.
rewrite /apply (bigD1 h) //= /delta eqxx mulr1 big1 ?addr0 // => a /negPf->.
by rewrite mulr0.
Qed.

Theorem group_commutant A : (forall k x, apply A (trans k x) =1 trans k (apply A x)) ->
  exists w, forall x, apply A x =1 conv x w.
Proof.
move=> H; exists (fun g => A g 1%g) => x g; apply: eq_bigr => h _; rewrite mulrC; congr (_ * _).
have /= := H h (delta 1%g) g; rewrite [in RHS]/trans apply_delta => <-.
rewrite -[LHS]apply_delta; apply: eq_bigr => a _; congr (_ * _%:R).
by rewrite /trans -(inj_eq (mulgI h^-1%g)) mulVg.
Qed.

Theorem translation_is_conv k x : conv (delta k) x =1 trans k x.
Proof.
move=> g; rewrite /conv (bigD1 k) //= /delta eqxx mul1r big1 ?addr0 // => h /negPf->.
by rewrite mul0r.
Qed.

Theorem conv_assoc x y w : conv (conv x y) w =1 conv x (conv y w).
Proof.
move=> g; rewrite /conv; under eq_bigr do rewrite mulr_suml.
rewrite exchange_big /=; apply: eq_bigr => h _; rewrite mulr_sumr (reindex_inj (mulgI h)) /=.
by apply: eq_bigr => k _; rewrite mulKg invMg mulrA -mulgA.
Qed.

Theorem delta_mul a b : conv (delta a) (delta b) =1 delta (a * b)%g.
Proof. by move=> g; rewrite translation_is_conv /trans /delta -(inj_eq (mulgI a)) mulKVg. Qed.

Theorem conv_abelian x y : (forall a b : G, (a * b = b * a)%g) -> conv x y =1 conv y x.
Proof.
move=> C g; rewrite /conv (reindex_inj invg_inj) (reindex_inj (mulgI g^-1%g)) /=.
by apply: eq_bigr => h _; rewrite !invMg !invgK mulrC [(g^-1 * h * g)%g]C mulKVg.
Qed.

(** convolution commutes only on abelian groups *)
Theorem conv_commutes_abelian : (forall x y, conv x y =1 conv y x) -> forall a b : G, (a * b = b * a)%g.
Proof.
move=> C a b; have := C (delta a) (delta b) (a * b)%g; rewrite !delta_mul /delta eqxx.
by case: eqP => // _ /eqP; rewrite oner_eq0.
Qed.

(** the adjoint of convolving with w is convolving with w(g^-1) *)
Theorem group_adjoint x y w : dot (conv x w) y = dot x (conv y (inverted w)).
Proof.
rewrite /dot /conv; under eq_bigr do rewrite mulr_suml; rewrite exchange_big /=.
apply: eq_bigr => h _; rewrite mulr_sumr; apply: eq_bigr => g _.
by rewrite /inverted invMg invgK -!mulrA [y g * _]mulrC.
Qed.
End Group.

(** on a product group a separable kernel acts axis by axis: C_{u (x) v} is the Kronecker product of C_u and C_v *)
Section Product.
Variables (R : comRingType) (G H : finGroupType).
Variables (u : G -> R) (v : H -> R).
Definition tensor (x : G -> R) (y : H -> R) (g : G * H) := x g.1 * y g.2.

Theorem kronecker (g h : G * H) : tensor u v (h^-1 * g)%g = u (h.1^-1 * g.1)%g * v (h.2^-1 * g.2)%g.
Proof. by case: g h => [g1 g2] [h1 h2]. Qed.

Theorem separable (x : G -> R) (y : H -> R) :
  conv (tensor x y) (tensor u v) =1 tensor (conv x u) (conv y v).
Proof.
move=> g; rewrite /tensor /conv big_distrlr /= pair_big /=.
by apply: eq_bigr => h _; rewrite mulrACA.
Qed.
End Product.
