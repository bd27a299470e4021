(** The Fourier matrix of size N = n.+1 over a field with an N-th root of unity z. *)
From mathcomp Require Import all_ssreflect all_algebra.
From ConvAlgebra Require Import Circulant.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Fourier.
Variables (F : fieldType) (n : nat) (z : F).
Notation N := n.+1.
Notation I := 'I_N.
Hypothesis zN : z ^+ N = 1.
Implicit Types (w x : I -> F) (i j k : I).

Definition dft : 'M[F]_N := \matrix_(i, j) z ^+ (i * j).
Definition idft : 'M[F]_N := \matrix_(i, j) z ^- (i * j).
Definition hat w : 'rV[F]_N := \row_i \sum_(j : I) z ^+ (i * j) * w j.

Lemma expz_mod a : z ^+ (a %% N) = z ^+ a.
Proof. by rewrite [in RHS](divn_eq a N) exprD mulnC exprM zN expr1n mul1r. Qed.

Lemma expzD i j k : z ^+ (i * (j + k)%R) = z ^+ (i * j) * z ^+ (i * k).
Proof. by rewrite -expz_mod /= modnMmr expz_mod mulnDr exprD. Qed.

Theorem dft_tr : dft^T = dft.
Proof. by apply/matrixP=> i j; rewrite !mxE mulnC. Qed.

(** any N-th root of unity turns convolution into multiplication *)
Theorem dft_circ w : dft *m circ w = diag_mx (hat w) *m dft.
Proof.
apply/matrixP=> i j; rewrite mul_diag_mx !mxE mulr_suml (reindex_inj (addIr j)) /=.
by apply: eq_bigr => k _; rewrite !mxE addrK expzD mulrAC.
Qed.

Theorem convolution_theorem w x : dft *m vec (conv w x) = diag_mx (hat w) *m (dft *m vec x).
Proof. by rewrite -circ_vec [LHS]mulmxA dft_circ -mulmxA. Qed.

Theorem dft_shift k : dft *m shift F k = diag_mx (\row_i z ^+ (i * k)) *m dft.
Proof.
rewrite dft_circ; congr (diag_mx _ *m _); apply/matrixP=> a i; rewrite !mxE.
by rewrite (bigD1 k) //= /delta eqxx mulr1 big1 ?addr0 // => j /negPf->; rewrite mulr0.
Qed.

(** a primitive one, in a field where N is invertible, can be undone *)
Hypothesis zprim : N.-primitive_root z.
Hypothesis Nunit : (N%:R : F) != 0.

Lemma z_neq0 : z != 0.
Proof. by apply: contra_eq_neq zN => ->; rewrite expr0n eq_sym oner_neq0. Qed.

Lemma ortho i j : \sum_(k < N) z ^+ (i * k) * z ^- (k * j) = (N * (i == j))%:R.
Proof.
pose q := z ^+ i / z ^+ j.
have e k : z ^+ (i * k) * z ^- (k * j) = q ^+ k.
  by rewrite /q expr_div_n -!exprM [(k * j)%N]mulnC.
under eq_bigr do rewrite e.
have qN : q ^+ N = 1 by rewrite /q expr_div_n -!exprM ![(_ * N)%N]mulnC !exprM zN !expr1n divr1.
case: (i =P j) => [ij | /eqP ij].
  rewrite muln1 /q ij divff ?expf_neq0 ?z_neq0 //.
  by under eq_bigr do rewrite expr1n; rewrite sumr_const card_ord.
rewrite muln0; have q1 : q - 1 != 0.
  rewrite subr_eq0 /q; apply: contra ij => /eqP h.
  have /eqP : z ^+ i = z ^+ j.
    by rewrite -[LHS](divfK (expf_neq0 j z_neq0)) h mul1r.
  by rewrite (eq_prim_root_expr zprim) !modn_small //.
by apply: (mulfI q1); rewrite mulr0 -subrX1 qN subrr.
Qed.

Theorem dft_idft : dft *m idft = N%:R%:M.
Proof.
apply/matrixP=> i j; rewrite !mxE; under eq_bigr do rewrite !mxE.
by rewrite ortho natrM mulr_natr.
Qed.

Theorem dftK : dft *m (N%:R^-1 *: idft) = 1%:M.
Proof. by rewrite -scalemxAr dft_idft scale_scalar_mx mulVf. Qed.

Theorem idftK : (N%:R^-1 *: idft) *m dft = 1%:M.
Proof. exact: mulmx1C dftK. Qed.

Theorem diagonalisation w : dft *m circ w *m (N%:R^-1 *: idft) = diag_mx (hat w).
Proof. by rewrite dft_circ -mulmxA dftK mulmx1. Qed.

(** the columns of the inverse are eigenvectors of every circulant at once *)
Theorem eigenvectors w : circ w *m (N%:R^-1 *: idft) = (N%:R^-1 *: idft) *m diag_mx (hat w).
Proof. by rewrite -[LHS]mul1mx -idftK -mulmxA [dft *m (_ *m _)]mulmxA diagonalisation. Qed.

(** determinant and rank are read off the spectrum: C_w is invertible iff no eigenvalue is zero *)
Theorem circ_unit w : (circ w \in unitmx) = [forall i, hat w 0 i != 0].
Proof.
have uF : dft \in unitmx by case: (mulmx1_unit dftK).
have uG : N%:R^-1 *: idft \in unitmx by case: (mulmx1_unit dftK).
rewrite -[circ w \in _](_ : dft *m circ w *m (N%:R^-1 *: idft) \in unitmx = _).
  rewrite diagonalisation unitmxE det_diag unitfE.
  by apply/prodf_neq0/forallP => H i; [apply: H | move=> _; apply: H].
by rewrite !unitmx_mul uF uG andbT.
Qed.

(** the determinant is the product of the eigenvalues, the inverse divides by them *)
Theorem circ_det w : \det (circ w) = \prod_i hat w 0 i.
Proof.
rewrite -det_diag -diagonalisation !det_mulmx mulrAC -det_mulmx mulrC.
by rewrite dftK det1 mulr1.
Qed.

Theorem circ_inv w : (forall i, hat w 0 i != 0) ->
  circ w *m ((N%:R^-1 *: idft) *m diag_mx (\row_i (hat w 0 i)^-1) *m dft) = 1%:M.
Proof.
move=> H; rewrite !mulmxA eigenvectors -[_ *m diag_mx _ *m diag_mx _]mulmxA mulmx_diag.
have -> : (\row_i (hat w 0 i * (\row_j (hat w 0 j)^-1) 0 i)) = const_mx 1 :> 'rV[F]_N.
  by apply/rowP=> i; rewrite [LHS]mxE [X in _ * X]mxE [RHS]mxE mulfV.
by rewrite diag_const_mx mulmx1 idftK.
Qed.

(** modulating and shifting: M S_k = z^k S_k M; only scalars commute with both *)
Definition modulation : 'M[F]_N := diag_mx (\row_i z ^+ i).

Theorem weyl_heisenberg k : modulation *m shift F k = z ^+ k *: (shift F k *m modulation).
Proof.
apply/matrixP=> i j; rewrite mul_diag_mx mul_mx_diag !mxE /delta.
case: eqP => [e | _]; last by rewrite mulr0 mul0r mulr0.
by rewrite mulr1 mul1r -exprD -(subrK j i) e -expz_mod -[RHS]expz_mod /= modn_mod.
Qed.

Theorem only_scalars (A : 'M[F]_N) :
  A *m shift F Zp1 = shift F Zp1 *m A -> A *m modulation = modulation *m A -> exists c, A = c%:M.
Proof.
move=> /commutant[w ->] /matrixP H; exists (w 0); apply/matrixP=> i j; rewrite !mxE.
case: (i =P j) => [-> | /eqP ij]; first by rewrite subrr.
have := H i j; rewrite mul_diag_mx mul_mx_diag !mxE => /eqP.
rewrite mulrC -subr_eq0 -mulrBl mulf_eq0 subr_eq0 (eq_prim_root_expr zprim) !modn_small //.
by rewrite eq_sym val_eqE (negPf ij) => /eqP.
Qed.

(** Plancherel: <F x, conj F y> = N <x, y>; with y = conj x it is Parseval *)
Theorem parseval (x y : 'cV[F]_N) : (dft *m x)^T *m (idft *m y) = N%:R *: (x^T *m y).
Proof. by rewrite trmx_mul dft_tr -mulmxA [dft *m _]mulmxA dft_idft mul_scalar_mx scalemxAr. Qed.

(** a product of signals has the circular convolution of their spectra, over N *)
Theorem multiplication_theorem (x y : I -> F) i :
  N%:R * hat (fun j => x j * y j) 0 i = \sum_k hat x 0 (i - k) * hat y 0 k.
Proof.
have half (a k : I) : z ^+ ((i - k)%R * a) = z ^+ (i * a) * z ^- (k * a).
  apply: (mulIf (expf_neq0 (k * a) z_neq0)).
  by rewrite -mulrA mulVf ?expf_neq0 ?z_neq0 // mulr1 ![(_ * a)%N]mulnC -expzD subrK.
under [RHS]eq_bigr do rewrite [hat x _ _]mxE [hat y _ _]mxE big_distrlr /=.
rewrite exchange_big /= [hat _ _ _]mxE mulr_sumr; apply: eq_bigr => a _.
have inner (b : I) : \sum_k z ^+ ((i - k)%R * a) * x a * (z ^+ (k * b) * y b)
    = (N * (b == a))%:R * (z ^+ (i * a) * (x a * y b)).
  rewrite -ortho mulr_suml; apply: eq_bigr => k _; rewrite half [(k * b)%N]mulnC.
  by rewrite -[LHS]mulrA [x a * _]mulrCA [LHS]mulrACA [RHS]mulrACA; congr (_ * _); rewrite mulrC.
rewrite exchange_big.
transitivity (\sum_(b < N) (N * (b == a))%:R * (z ^+ (i * a) * (x a * y b))).
  by rewrite (bigD1 a) //= eqxx muln1 big1 ?addr0 // => b /negPf->; rewrite muln0 mul0r.
by apply: eq_bigr => b _; apply/esym/inner.
Qed.

(** F F = N J *)
Theorem dft_sqr : dft *m dft = N%:R *: flipM F n.
Proof.
have e : idft *m flipM F n = dft.
  apply/matrixP=> i j; rewrite mulmx_flip !mxE; apply: (mulIf (expf_neq0 (i * j) z_neq0)).
  apply: (mulfI (expf_neq0 (i * (- j)%R) z_neq0)).
  rewrite mulrA divff ?expf_neq0 ?z_neq0 // mul1r.
  by rewrite [RHS]mulrA -expzD addNr muln0 expr0 mul1r.
by rewrite -[X in _ *m X]e mulmxA dft_idft mul_scalar_mx.
Qed.
End Fourier.
