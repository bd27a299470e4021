(** The rules of the index calculus, each an identity between finite sums over a ring.

    An index e is any integer; [e = 0 mod N] is (N %| e)%Z; a function of residues is an f with f (x + N) = f x; a sum
    over 0 .. N-1 runs over the ordinals below N, read as integers.  A bracket is a factor 0 or 1: "x *+ b". *)
From mathcomp Require Import all_ssreflect all_algebra.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory Order.TTheory.
Local Open Scope ring_scope.

(** residues *)
Section Residues.
Variable n : nat.
Notation N := (n.+1%:Z).
Implicit Types (x y : 'I_n.+1) (e : int).

Definition res e : 'I_n.+1 := inord `|(e %% N)%Z|.

Lemma resE e : (res e)%:Z = (e %% N)%Z.
Proof.
have e0 : 0 <= (e %% N)%Z by apply: modz_ge0.
by rewrite /res inordK ?gez0_abs // -ltz_nat gez0_abs // ltz_pmod.
Qed.

Lemma at_res x e : (N %| x%:Z - e)%Z = (x == res e).
Proof. by rewrite -eqz_mod_dvd -(resE e) modz_small ?ltz_nat ?ltn_ord // eqz_nat. Qed.

Lemma res_dvd e : (N %| (res e)%:Z - e)%Z.
Proof. by rewrite at_res. Qed.

Lemma res_nat x : res x = x.
Proof. by apply/eqP; rewrite eq_sym -at_res subrr dvdz0. Qed.

Lemma res_eq a b : (N %| a - b)%Z -> res a = res b.
Proof.
by move=> ab; apply/eqP; rewrite -at_res -[_ - b](subrKA a) rpredD // res_dvd.
Qed.
End Residues.

Definition periodic (T : Type) (N : int) (f : int -> T) := forall x, f (x + N) = f x.

Section Periodic.
Variables (T : Type) (f : int -> T) (N : int).
Hypothesis fN : periodic N f.

Lemma periodic_nat (k : nat) x : f (x + N *+ k) = f x.
Proof. by elim: k x => [|k IH] x; rewrite ?mulr0n ?addr0 // mulrSr addrA fN. Qed.

Lemma periodic_dvd x y : (N %| x - y)%Z -> f x = f y.
Proof.
case/dvdzP=> q e; have -> : x = y + q * N by rewrite -e addrC subrK.
case: q {e} => k; first by rewrite mulrC -(natz k) mulr_natr periodic_nat.
by rewrite NegzE mulNr -[LHS](periodic_nat k.+1) -mulr_natl natz subrK.
Qed.
End Periodic.

(** reduce: arguments modulo their sizes *)
Theorem reduce_mod (N e : int) : (N %| (e %% N)%Z)%Z = (N %| e)%Z.
Proof. by rewrite -[in RHS](subr0 e) -[in LHS](subr0 (_ %% _)%Z) -!eqz_mod_dvd modz_mod. Qed.

Theorem reduce_common (g N e : int) : g != 0 -> (g * N %| g * e)%Z = (N %| e)%Z.
Proof. exact: dvdz_mul2l. Qed.

Theorem reduce_sign (N e : int) : (N %| - e)%Z = (N %| e)%Z.
Proof. exact: rpredN. Qed.

(** use: an equation may be used in what it multiplies *)
Theorem use (R : ringType) (f : int -> R) (N D e a h : int) :
  periodic D f -> (D %| N)%Z -> f a *+ (N %| e)%Z = f (a - h * e) *+ (N %| e)%Z.
Proof.
move=> fD DN; case: (boolP (N %| e)%Z) => [Ne | _]; rewrite ?mulr0n //.
by congr (_ *+ _); apply: (periodic_dvd fD); rewrite opprB addrC subrK dvdz_mull // (dvdz_trans DN).
Qed.

(** range, never: a bracket that holds, or fails, everywhere *)
Theorem range (R : ringType) (x : R) (N e : int) : 0 <= e < N -> x *+ (0 <= e < N)%R = x.
Proof. by move=> ->. Qed.

Theorem never (R : ringType) (x : R) (N e : int) : 0 < e < N -> x *+ (N %| e)%Z = 0.
Proof.
case/andP=> e0 eN; rewrite -[e in X in _ *+ X](subr0 e) -eqz_mod_dvd mod0z modz_small ?(ltW e0) //.
by rewrite (gt_eqF e0).
Qed.

(** exact: a residue in (-N, N) is zero only where the number is *)
Theorem exact (N e : int) : - N < e < N -> (N %| e)%Z = (e == 0).
Proof.
case/andP=> lo hi; case: (ltgtP e 0) => [neg | pos | ->]; last by rewrite dvdz0.
  rewrite -rpredN -[- e]subr0 -eqz_mod_dvd mod0z modz_small; first by rewrite oppr_eq0 (lt_eqF neg).
  by rewrite oppr_ge0 (ltW neg) ltr_oppl.
by rewrite -[e]subr0 -eqz_mod_dvd mod0z modz_small ?(gt_eqF pos) // (ltW pos).
Qed.

(** digits: [a m + b = 0 mod g m] = [a = 0 mod g] [b = 0] for |b| < m *)
Theorem digits (g m a b : int) : - m < b < m -> (g * m %| a * m + b)%Z = (g %| a)%Z && (b == 0).
Proof.
move=> bm; have m0 : m != 0 by case: eqP bm => // ->; rewrite oppr0; case: ltgtP.
case: (b =P 0) => [-> | /eqP b0]; first by rewrite addr0 andbT ![_ * m]mulrC dvdz_mul2l.
rewrite andbF; apply/negP => H; have : (m %| a * m + b)%Z by apply: dvdz_trans H; apply: dvdz_mull.
by rewrite rpredDl ?dvdz_mull // exact // (negPf b0).
Qed.

Section Sums.
Variable R : ringType.
Implicit Types (f : int -> R).

Theorem single f : \sum_(x < 1) f x = f 0.
Proof. by rewrite big_ord1. Qed.

(** select: a bracket ends a sum *)
Theorem select_place f (T : nat) (e : int) :
  \sum_(x < T) f x *+ (x%:Z == e) = f e *+ (0 <= e < T%:Z)%R.
Proof.
case: (boolP (0 <= e < T%:Z)) => [/andP[e0 eT] | no]; last first.
  by rewrite big1 // => x _; case: eqP no => // <-; rewrite ltz_nat ltn_ord.
have eT' : (`|e| < T)%N by rewrite -ltz_nat gez0_abs.
rewrite (bigD1 (Ordinal eT')) //= gez0_abs // eqxx big1 ?addr0 // => x.
by rewrite -val_eqE /= -eqz_nat gez0_abs // => /negPf->.
Qed.

Theorem select_residue f (n : nat) (e : int) : periodic n.+1%:Z f ->
  \sum_(x < n.+1) f x *+ (n.+1%:Z %| x%:Z - e)%Z = f e.
Proof.
move=> fN; rewrite (bigD1 (res n e)) //= res_dvd (periodic_dvd fN (res_dvd n e)).
by rewrite big1 ?addr0 // => x /negPf nx; rewrite at_res nx.
Qed.

(** count: what is left of a sum of one bracket, or none *)
Theorem count (N : nat) : \sum_(x < N) (1 : R) = N%:R.
Proof. by rewrite sumr_const card_ord. Qed.

Theorem fit (c : R) (m : nat) (g r : int) : g != 0 ->
  \sum_(x < m.+1) c *+ (g * m.+1%:Z %| g * x%:Z + r)%Z = c *+ (g %| r)%Z.
Proof.
move=> g0; case: (boolP (g %| r)%Z) => [/dvdzP[q ->] | no]; last first.
  rewrite big1 // => x _; case: (boolP (_ %| _)%Z) => // H; case/negP: no.
  have : (g %| g * x%:Z + r)%Z by apply: dvdz_trans H; apply: dvdz_mulr.
  by rewrite rpredDl // dvdz_mulr.
rewrite -[RHS](@select_residue (fun=> c) m (- q)) //; apply: eq_bigr => x _.
by rewrite opprK [q * g]mulrC -mulrDr dvdz_mul2l.
Qed.

(** split: a residue that is coarser than the index leaves a sum over the digits above it *)
Theorem split f (g m : nat) (e : int) : periodic (g.+1 * m.+1)%N%:Z f ->
  \sum_(x < g.+1 * m.+1) f x *+ (m.+1%:Z %| x%:Z - e)%Z = \sum_(y < g.+1) f (e + m.+1%:Z * y%:Z).
Proof.
have -> : (g.+1 * m.+1)%N = (g.+1 * m.+1).-1.+1 by [].
set n := _.-1; have nE : n.+1%:Z = m.+1%:Z * g.+1%:Z :> int by rewrite -PoszM mulnC.
move=> fN; under [RHS]eq_bigr do rewrite -(select_residue _ fN).
rewrite exchange_big /=; apply: eq_bigr => x _.
have e1 (y : 'I_g.+1) : (n.+1%:Z %| x%:Z - (e + m.+1%:Z * y%:Z))%Z
    = (m.+1%:Z * g.+1%:Z %| m.+1%:Z * y%:Z + (e - x%:Z))%Z.
  by rewrite nE -rpredN opprB [e + _]addrC -addrA.
under [RHS]eq_bigr do rewrite e1.
by rewrite fit // -rpredN opprB.
Qed.

(** rename: a cyclic index may be translated and reflected, every index reversed *)
Theorem rename_translate f (n : nat) (e : int) : periodic n.+1%:Z f ->
  \sum_(x < n.+1) f (x%:Z + e) = \sum_(x < n.+1) f x.
Proof.
move=> fN; pose h (x : 'I_n.+1) := res n (x%:Z + e).
have hK : cancel h (fun y => res n (y%:Z - e)).
  move=> x; rewrite -[RHS]res_nat; apply: res_eq; rewrite -addrA -opprD [e + _]addrC.
  exact: res_dvd.
rewrite [RHS](reindex_inj (can_inj hK)) /=; apply: eq_bigr => x _.
by rewrite (periodic_dvd fN (res_dvd n _)).
Qed.

Theorem rename_reverse f (N : nat) : \sum_(x < N) f (N%:Z - 1 - x%:Z) = \sum_(x < N) f x.
Proof.
rewrite [RHS](reindex_inj rev_ord_inj); apply: eq_bigr => x _; congr f.
by rewrite /= -subzn ?ltn_ord // intS opprD addrA.
Qed.

Theorem rename_reflect f (n : nat) (e : int) : periodic n.+1%:Z f ->
  \sum_(x < n.+1) f (e - x%:Z) = \sum_(x < n.+1) f x.
Proof.
move=> fN; rewrite -(rename_translate (e - n%:Z) fN) -[RHS](rename_reverse (fun y => f (y + (e - n%:Z)))).
apply: eq_bigr => x _; congr f.
by rewrite intS [_ + n%:Z]addrC addrK [e - n%:Z]addrC addrACA subrr add0r addrC.
Qed.
End Sums.

(** orthogonality: the powers of a root of unity sum to nothing, or to their number *)
Section Phases.
Variables (F : fieldType) (m : nat) (z : F).
Notation M := m.+1.
Hypothesis zprim : M.-primitive_root z.

Lemma z_neq0 : z != 0.
Proof. by apply: contra_eq_neq (prim_expr_order zprim) => ->; rewrite expr0n eq_sym oner_neq0. Qed.

Theorem phase_periodic : periodic M%:Z (fun e => z ^ e).
Proof. by move=> e; rewrite expfzDr ?z_neq0 // -exprnP (prim_expr_order zprim) mulr1. Qed.

Theorem phase_finer (g e : int) : z ^ (g * e) = (z ^ g) ^ e.
Proof. by rewrite exprz_exp. Qed.

Lemma phase_one (c : int) : (z ^ c == 1) = (M%:Z %| c)%Z.
Proof.
rewrite -(periodic_dvd phase_periodic (res_dvd m c)) -exprnP -(prim_order_dvd zprim).
by rewrite -[(M %| _)%N]/(M%:Z %| (res m c)%:Z)%Z resE reduce_mod.
Qed.

Theorem orthogonality (c : int) : \sum_(x < M) z ^ (c * x%:Z) = M%:R *+ (M%:Z %| c)%Z.
Proof.
under eq_bigr do rewrite -exprz_exp -exprnP; rewrite -phase_one.
case: eqP => [-> | /eqP c1]; first by under eq_bigr do rewrite expr1n; rewrite sumr_const card_ord.
apply/eqP; have /eqP := subrX1 (z ^ c) M.
rewrite exprnP exprz_exp (eqP (_ : z ^ (c * M) == 1)) ?phase_one ?dvdz_mull //.
by rewrite subrr eq_sym mulf_eq0 subr_eq0 (negPf c1).
Qed.
End Phases.
