(** Circulant matrices C_w x = w * x of every size N = n.+1, over every commutative ring R. *)
From mathcomp Require Import all_ssreflect all_algebra.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Circulant.
Variables (R : comRingType) (n : nat).
Notation I := 'I_n.+1.                          (* the cyclic group Z_N *)
Implicit Types (u v w x y : I -> R) (i j k : I) (A : 'M[R]_n.+1).

Definition circ w : 'M[R]_n.+1 := \matrix_(i, j) w (i - j).
Definition conv u v : I -> R := fun i => \sum_j u (i - j) * v j.
Definition delta k : I -> R := fun i => (i == k)%:R.
Definition shift k : 'M[R]_n.+1 := circ (delta k).
Definition flip w : I -> R := fun i => w (- i).
Definition flipM : 'M[R]_n.+1 := \matrix_(i, j) (i == - j)%:R.
Definition vec x : 'cV[R]_n.+1 := \col_i x i.
Definition roll k x : I -> R := fun i => x (i - k).

Lemma eq_circ u v : u =1 v -> circ u = circ v.
Proof. by move=> e; apply/matrixP=> i j; rewrite !mxE e. Qed.

Lemma circ_inj u v : circ u = circ v -> u =1 v.
Proof. by move=> /matrixP e i; have := e i 0; rewrite !mxE subr0. Qed.

Theorem circD u v : circ u + circ v = circ (fun i => u i + v i).
Proof. by apply/matrixP=> i j; rewrite !mxE. Qed.

Theorem convC u v : conv u v =1 conv v u.
Proof.
move=> i; rewrite /conv (reindex_inj (inv_inj (subKr i))) /=.
by apply: eq_bigr => j _; rewrite subKr mulrC.
Qed.

Lemma conv_delta k x : conv (delta k) x =1 roll k x.
Proof.
move=> i; rewrite /conv (bigD1 (i - k)) //= /delta subKr eqxx mul1r big1 ?addr0 //.
by move=> j /negPf nj; rewrite subr_eq [k + j]addrC -subr_eq eq_sym nj mul0r.
Qed.

(** a matrix product with a vector is a convolution, and a product of matrices a convolution of kernels *)
Theorem circ_vec w x : circ w *m vec x = vec (conv w x).
Proof. by apply/matrixP=> i j; rewrite !mxE; apply: eq_bigr => k _; rewrite !mxE. Qed.

Theorem circM u v : circ u *m circ v = circ (conv u v).
Proof.
apply/matrixP=> i j; rewrite !mxE /conv (reindex_inj (addrI j)) /=.
by apply: eq_bigr => k _; rewrite !mxE opprD addrA [j + k]addrC addrK.
Qed.

Theorem circ_comm u v : circ u *m circ v = circ v *m circ u.
Proof. by rewrite !circM; apply/eq_circ/convC. Qed.

Theorem convA u v w : conv u (conv v w) =1 conv (conv u v) w.
Proof. by apply: circ_inj; rewrite -!circM mulmxA. Qed.

Theorem shift_comm k w : circ w *m shift k = shift k *m circ w.
Proof. exact: circ_comm. Qed.

Theorem shift_vec k x : shift k *m vec x = vec (roll k x).
Proof. by rewrite circ_vec; apply/matrixP=> i j; rewrite !mxE conv_delta. Qed.

Theorem shiftD k l : shift k *m shift l = shift (k + l).
Proof.
rewrite circM; apply: eq_circ => i.
by rewrite conv_delta /roll /delta subr_eq addrC.
Qed.

Theorem shift0 : shift 0 = 1%:M.
Proof. by apply/matrixP=> i j; rewrite !mxE /delta subr_eq0. Qed.

Theorem shiftV k : shift k *m shift (- k) = 1%:M.
Proof. by rewrite shiftD subrr shift0. Qed.

(** a circulant is a polynomial in shifts: C_w = sum_k w_k S_k *)
Theorem circ_sum w : circ w = \sum_k w k *: shift k.
Proof.
apply/matrixP=> i j; rewrite summxE !mxE (bigD1 (i - j)) //= !mxE /delta eqxx mulr1.
by rewrite big1 ?addr0 // => k /negPf nk; rewrite !mxE /delta eq_sym nk mulr0.
Qed.

(** the sum of a convolution is the product of the sums *)
Theorem dc_gain u v : \sum_i conv u v i = (\sum_i u i) * (\sum_i v i).
Proof.
rewrite /conv exchange_big mulrC mulr_suml /=; apply: eq_bigr => j _.
by rewrite -mulr_suml mulrC; congr (_ * _); rewrite [RHS](reindex_inj (addIr (- j))).
Qed.

Theorem convDr u v w : conv u (fun i => v i + w i) =1 (fun i => conv u v i + conv u w i).
Proof. by move=> i; rewrite /conv -big_split; apply: eq_bigr => j _; rewrite mulrDr. Qed.

Theorem trace_circ w : \tr (circ w) = w 0 *+ n.+1.
Proof. by rewrite /mxtrace; under eq_bigr do rewrite mxE subrr; rewrite sumr_const card_ord. Qed.

Theorem shift_pow k (e : nat) : (shift k) ^+ e = shift (k *+ e).
Proof. by elim: e => [|e IH]; rewrite ?expr0 ?mulr0n ?shift0 // exprS IH mulrS -shiftD. Qed.

(** the chain of the lecture: (S_k x) * w = C_w S_k x = S_k C_w x = S_k (x * w) *)
Theorem equivariance k w x : vec (conv w (roll k x)) = shift k *m vec (conv w x).
Proof. by rewrite -circ_vec -shift_vec mulmxA shift_comm -mulmxA circ_vec. Qed.

Theorem circ_tr w : (circ w)^T = circ (flip w).
Proof. by apply/matrixP=> i j; rewrite !mxE /flip opprB. Qed.

Theorem shift_tr k : (shift k)^T = shift (- k).
Proof. by rewrite circ_tr; apply: eq_circ => i; rewrite /flip /delta eqr_oppLR. Qed.

Theorem tr_product u v : (circ u *m circ v)^T = (circ v)^T *m (circ u)^T.
Proof. exact: trmx_mul. Qed.

(** the flip: J J = 1 and J C_w J = C_w^T *)
Lemma flip_mulmx A i j : (flipM *m A) i j = A (- i) j.
Proof.
rewrite mxE (bigD1 (- i)) //= !mxE opprK eqxx mul1r big1 ?addr0 // => k nk.
by rewrite !mxE -eqr_oppLR eq_sym (negPf nk) mul0r.
Qed.

Lemma mulmx_flip A i j : (A *m flipM) i j = A i (- j).
Proof.
rewrite mxE (bigD1 (- j)) //= !mxE eqxx mulr1 big1 ?addr0 // => k nk.
by rewrite !mxE (negPf nk) mulr0.
Qed.

Theorem flipK : flipM *m flipM = 1%:M.
Proof. by apply/matrixP=> i j; rewrite flip_mulmx !mxE (inj_eq oppr_inj). Qed.

Theorem flip_circ w : flipM *m circ w *m flipM = (circ w)^T.
Proof. by apply/matrixP=> i j; rewrite mulmx_flip flip_mulmx !mxE opprK addrC. Qed.

Lemma mulmx_shift A k i j : (A *m shift k) i j = A i (j + k).
Proof.
rewrite mxE (bigD1 (j + k)) //= !mxE /delta [j + k]addrC addrK eqxx mulr1.
rewrite big1 ?addr0 // => l nl; rewrite !mxE /delta subr_eq (negPf nl) mulr0 //.
Qed.

Lemma shift_mulmx A k i j : (shift k *m A) i j = A (i - k) j.
Proof.
rewrite mxE (bigD1 (i - k)) //= !mxE /delta subKr eqxx mul1r big1 ?addr0 // => l /negPf nl.
by rewrite !mxE /delta subr_eq [k + l]addrC -subr_eq eq_sym nl mul0r.
Qed.

(** the commutant: commuting with the one-step shift already forces convolution *)
Theorem commutant A : A *m shift Zp1 = shift Zp1 *m A <-> exists w, A = circ w.
Proof.
split=> [H | [w ->]]; last exact: shift_comm.
have step i j : A (i + Zp1) (j + Zp1) = A i j by rewrite -mulmx_shift H shift_mulmx addrK.
have iter (k : nat) i j : A (i + Zp1 *+ k) (j + Zp1 *+ k) = A i j.
  by elim: k => [|k IH]; rewrite ?mulr0n ?addr0 // mulrSr !addrA step IH.
exists (fun i => A i 0); apply/matrixP=> i j; rewrite mxE -(iter j (i - j) 0).
have -> : Zp1 *+ j = j by rewrite Zp_mulrn; apply/val_inj; rewrite /= modnMml mul1n modn_small.
by rewrite subrK add0r.
Qed.

(** the mean over all shifts of any matrix is a circulant *)
Theorem averaged A : exists w, \sum_k shift k *m A *m shift (- k) = circ w.
Proof.
apply/commutant; rewrite mulmx_suml mulmx_sumr [RHS](reindex_inj (addrI (- Zp1))) /=.
apply: eq_bigr => k _; rewrite !mulmxA shiftD addNKr -[LHS]mulmxA shiftD.
by congr (_ *m shift _); rewrite opprD opprK addrC.
Qed.

(** what commutes with every circulant is one *)
Theorem bicommutant A : (forall w, A *m circ w = circ w *m A) -> exists w, A = circ w.
Proof. by move=> H; apply/commutant/H. Qed.
End Circulant.

(** the inverse of an invertible circulant is a circulant *)
Theorem circ_inverse (R : comUnitRingType) (n : nat) (w : 'I_n.+1 -> R) :
  circ w \in unitmx -> exists v, invmx (circ w) = circ v.
Proof.
move=> U; apply/commutant.
have -> : invmx (circ w) *m shift R Zp1 = invmx (circ w) *m (shift R Zp1 *m circ w) *m invmx (circ w).
  by rewrite -!mulmxA mulmxV // mulmx1.
by rewrite -shift_comm mulmxA mulVmx // mul1mx.
Qed.
