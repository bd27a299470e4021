(** Stride s between the cyclic groups Z_N and Z_M, N = n.+1 = s M, M = m.+1: D_s keeps every s-th place. *)
From mathcomp Require Import all_ssreflect all_algebra.
From ConvAlgebra Require Import Circulant.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Stride.
Variables (R : comRingType) (n m s : nat).
Hypothesis nsm : n.+1 = (s * m.+1)%N.
Notation I := 'I_n.+1.
Notation J := 'I_m.+1.
Implicit Types (w : I -> R) (h : J -> R) (i k : J) (A : 'M[R]_n.+1) (B : 'M[R]_(m.+1, n.+1)).

Definition mul_s i : I := inZp (s * i).
Definition down : 'M[R]_(m.+1, n.+1) := \matrix_(i, j) (mul_s i == j)%:R.
Definition up : 'M[R]_(n.+1, m.+1) := down^T.
Definition upk h : I -> R := fun a => \sum_b h b * (mul_s b == a)%:R.

Lemma s_gt0 : (0 < s)%N.
Proof. by case: s nsm. Qed.

Lemma val_mul_s i : mul_s i = (s * i)%N :> nat.
Proof. by rewrite /= modn_small // nsm ltn_pmul2l ?s_gt0. Qed.

Lemma mul_s_inj : injective mul_s.
Proof.
move=> i k /(congr1 val) /=; rewrite -![(_ %% _)%N]/(val (mul_s _)) /= => e.
by apply/val_inj/eqP; rewrite -(eqn_pmul2l s_gt0) -!val_mul_s /= e.
Qed.

Lemma mul_sD i k : mul_s (i + k) = mul_s i + mul_s k.
Proof. by apply/val_inj; rewrite /= modnDm -mulnDr nsm -!muln_modr modn_mod. Qed.

Lemma mul_sN i : mul_s (- i) = - mul_s i.
Proof.
apply/eqP; rewrite -subr_eq0 opprK -mul_sD addNr.
by apply/eqP/val_inj; rewrite /= muln0 mod0n.
Qed.

Lemma down_mulmx p (A : 'M[R]_(n.+1, p)) i j : (down *m A) i j = A (mul_s i) j.
Proof.
rewrite mxE (bigD1 (mul_s i)) //= !mxE eqxx mul1r big1 ?addr0 // => l nl.
by rewrite !mxE eq_sym (negPf nl) mul0r.
Qed.

Theorem down_vec (x : I -> R) : down *m vec x = vec (fun i => x (mul_s i)).
Proof. by apply/matrixP=> i j; rewrite down_mulmx !mxE. Qed.

(** D_s U_s = 1, and U_s D_s is the comb that keeps every s-th place *)
Theorem down_up : down *m up = 1%:M.
Proof. by apply/matrixP=> i k; rewrite down_mulmx !mxE (inj_eq mul_s_inj) eq_sym. Qed.

Theorem up_down : up *m down = diag_mx (\row_j [exists i, mul_s i == j]%:R).
Proof.
apply/matrixP=> a b; rewrite !mxE; case: existsP => [[i /eqP ia] | none]; last first.
  rewrite mul0rn big1 // => i _; rewrite !mxE; case: eqP => [e | _]; last by rewrite mul0r.
  by case: none; exists i; apply/eqP.
rewrite (bigD1 i) //= !mxE ia eqxx mul1r big1 ?addr0 => [|k ki]; first by case: (a == b).
by rewrite !mxE -ia (inj_eq mul_s_inj) (negPf ki) mul0r.
Qed.

(** D_s C_w S_{sk} = S_k D_s C_w *)
Theorem stride_equivariant w k :
  down *m (circ w *m shift R (mul_s k)) = shift R k *m (down *m circ w).
Proof.
apply/matrixP=> i j; rewrite down_mulmx mulmx_shift.
rewrite -[RHS](_ : (down *m circ w) (i - k) j = _); last first.
  rewrite [RHS]mxE (bigD1 (i - k)) //= [shift R k _ _]mxE /delta subKr eqxx mul1r.
  rewrite big1 ?addr0 // => l /negPf nl.
  by rewrite [shift R k _ _]mxE /delta subr_eq [k + l]addrC -subr_eq eq_sym nl mul0r.
by rewrite down_mulmx !mxE mul_sD mul_sN opprD addrA addrAC.
Qed.

(** and nothing else is: A S_N^s = S_M A forces A = D_s C_w *)
Theorem stride_commutant B :
  (forall k, B *m shift R (mul_s k) = shift R k *m B) -> exists w, B = down *m circ w.
Proof.
move=> H; exists (fun a => B 0 (- a)); apply/matrixP=> i j; rewrite down_mulmx !mxE opprB.
have /matrixP/(_ i (j - mul_s i)) := H i.
have -> : (B *m shift R (mul_s i)) i (j - mul_s i) = B i j.
  rewrite mxE (bigD1 j) //= !mxE /delta subKr eqxx mulr1 big1 ?addr0 // => l /negPf nl.
  by rewrite !mxE /delta opprB addrA -{2}[mul_s i]addr0 addrAC [_ - j]addrC addrC (inj_eq (addrI _))
             addrC subr_eq0 nl mulr0.
move=> ->; rewrite mxE (bigD1 0) //= !mxE /delta subr0 eqxx mul1r big1 ?addr0 // => l nl.
by rewrite !mxE /delta -{2}[i]subr0 (inj_eq (addrI i)) (inj_eq oppr_inj) (negPf nl) mul0r.
Qed.

(** the noble identities: C_h D_s = D_s C_{h up s}, and their transpose U_s C_h = C_{h up s} U_s *)
Theorem noble h : circ h *m down = down *m circ (upk h).
Proof.
apply/matrixP=> i j; rewrite down_mulmx !mxE /upk (reindex_inj (inv_inj (subKr i))) /=.
apply: eq_bigr => k _; rewrite !mxE subKr mul_sD mul_sN; congr (_ * _%:R).
by rewrite subr_eq [in RHS]eq_sym subr_eq addrC.
Qed.

Lemma upk_flip h : flip (upk h) =1 upk (flip h).
Proof.
move=> a; rewrite /flip /upk (reindex_inj oppr_inj) /=.
by apply: eq_bigr => b _; rewrite mul_sN (inj_eq oppr_inj).
Qed.

Theorem noble_up h : up *m circ h = circ (upk h) *m up.
Proof.
apply: trmx_inj; rewrite !trmx_mul trmxK !circ_tr noble; congr (_ *m _).
by apply: eq_circ => a; rewrite upk_flip.
Qed.

(** a strided layer between: C_u U_s D_s and its like are transposes of each other *)
Theorem stride_tr w : (down *m circ w)^T = circ (flip w) *m up.
Proof. by rewrite trmx_mul circ_tr. Qed.
End Stride.

(** two strided convolutions are one: (D_t C_v)(D_s C_u) = D_t D_s C_{u * (v up s)} *)
Theorem strided_compose (R : comRingType) (n m s : nat) (nsm : n.+1 = (s * m.+1)%N)
    p (B : 'M[R]_(p, m.+1)) (u : 'I_n.+1 -> R) (v : 'I_m.+1 -> R) :
  (B *m circ v) *m (down R n m s *m circ u)
    = (B *m down R n m s) *m circ (conv (@upk R n m s v) u).
Proof. by rewrite -circM !mulmxA -(mulmxA B) (noble nsm) mulmxA. Qed.

(** strides multiply: D_t D_s = D_{st} *)
Theorem down_down (R : comRingType) (n m l s t : nat)
    (nsm : n.+1 = (s * m.+1)%N) (mtl : m.+1 = (t * l.+1)%N) :
  down R m l t *m down R n m s = down R n l (s * t).
Proof.
apply/matrixP=> i j; rewrite down_mulmx !mxE; congr ((_ == j)%:R); apply/val_inj => /=.
by rewrite nsm muln_modr modn_mod mulnA.
Qed.

(** imaging: the spectrum of U_s h is the spectrum of h, s times over *)
Theorem imaging (F : fieldType) (n m s : nat) (nsm : n.+1 = (s * m.+1)%N) (z : F) (h : 'I_m.+1 -> F) (f : nat) :
  \sum_(a < n.+1) z ^+ (f * a) * @upk F n m s h a = \sum_(b < m.+1) (z ^+ s) ^+ (f * b) * h b.
Proof.
under eq_bigr do rewrite mulr_sumr; rewrite exchange_big; apply: eq_bigr => b _ /=.
rewrite (bigD1 (mul_s n s b)) //= eqxx mulr1 big1 ?addr0 => [|a ab]; last first.
  by rewrite eq_sym (negPf ab) !mulr0.
by rewrite -[(_ %% _)%N]/(nat_of_ord (mul_s n s b)) (val_mul_s nsm) -exprM mulnCA.
Qed.

(** aliasing: s (F_M D_s x)_f is the sum of the (F_N x)_g with g = f mod M *)
Section Aliasing.
Variables (F : fieldType) (n m s : nat) (z : F).
Hypothesis nsm : n.+1 = (s * m.+1)%N.
Hypothesis zprim : n.+1.-primitive_root z.

Theorem aliasing (x : 'I_n.+1 -> F) (f : nat) :
  \sum_(r < s) \sum_(j < n.+1) z ^+ ((f + m.+1 * r) * j) * x j
    = s%:R * \sum_(i < m.+1) (z ^+ s) ^+ (f * i) * x (mul_s n s i).
Proof.
rewrite exchange_big /= mulr_sumr.
have inner (j : 'I_n.+1) : \sum_(r < s) z ^+ ((f + m.+1 * r) * j) * x j
    = (s %| j)%:R * (s%:R * (z ^+ (f * j) * x j)).
  rewrite -mulr_suml; have -> : \sum_(r < s) z ^+ ((f + m.+1 * r) * j) = (s %| j)%:R * s%:R * z ^+ (f * j).
    have e (r : 'I_s) : z ^+ ((f + m.+1 * r) * j) = z ^+ (f * j) * (z ^+ (m.+1 * j)) ^+ r.
      by rewrite mulnDl exprD -exprM mulnAC.
    under eq_bigr do rewrite e; rewrite -mulr_sumr mulrC; congr (_ * _).
    pose q := z ^+ (m.+1 * j); rewrite -/q.
    have qs : q ^+ s = 1 by rewrite /q -exprM mulnAC [(_ * s)%N]mulnC -nsm exprM (prim_expr_order zprim) expr1n.
    have q1 : (q == 1) = (s %| j)%N.
      by rewrite /q -(prim_order_dvd zprim) [X in (X %| _)%N]nsm mulnC dvdn_pmul2l.
    rewrite -q1; case: eqP => [-> | /eqP nq].
      by rewrite mul1r; under eq_bigr do rewrite expr1n; rewrite sumr_const card_ord.
    rewrite mul0r; apply/eqP; have /eqP := subrX1 q s.
    by rewrite qs subrr eq_sym mulf_eq0 subr_eq0 (negPf nq).
  by rewrite -!mulrA.
under eq_bigr do rewrite inner.
rewrite (bigID (fun j : 'I_n.+1 => s %| j)%N) /= [X in _ + X]big1 ?addr0 => [|j /negPf->]; last by rewrite mul0r.
rewrite (reindex_onto (mul_s n s) (fun j => inord (j %/ s) : 'I_m.+1)); last first.
  move=> j sj; apply/ord_inj; rewrite (val_mul_s nsm) inordK; first by rewrite mulnC divnK.
  by rewrite ltn_divLR ?(s_gt0 nsm) // mulnC -nsm.
apply: eq_big => [i | i _]; last by rewrite (val_mul_s nsm) dvdn_mulr // mul1r -exprM mulnCA.
by rewrite (val_mul_s nsm) dvdn_mulr //= mulKn ?(s_gt0 nsm) // inord_val eqxx.
Qed.
End Aliasing.
