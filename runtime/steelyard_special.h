/* Steelyard runtime: the error function and the gamma family. erf and erfc are branch-free, like
 * steelyard_math.h; lgamma and its derivatives are not, and slower. */
#ifndef STEELYARD_SPECIAL_H
#define STEELYARD_SPECIAL_H
#include "steelyard_power.h"
#include "steelyard_trig.h"

/* --- erf: x + x Q(x^2) below 3/4; erfc: e^(-x^2) G(t) / (1 + 2x), t = (x - 3) / (x + 3), from 3/4
 * on
 * --- */

/* erf(x) / x - 1, for |x| <= 3/4. */
SY_FN double sy_erf_near(double square) {
    double p = 0x1.5636e3e96d1ebp-27; /* erf_f64 */
    p = SY_FMA_F64(p, square, -0x1.4d6394e65b29ep-23);
    p = SY_FMA_F64(p, square, 0x1.b7c38e62b23fbp-20);
    p = SY_FMA_F64(p, square, -0x1.f4ab7e6a27bf3p-17);
    p = SY_FMA_F64(p, square, 0x1.f9a16ec9d7fap-14);
    p = SY_FMA_F64(p, square, -0x1.c02da7e2f8e5p-11);
    p = SY_FMA_F64(p, square, 0x1.565bccdb578ecp-8);
    p = SY_FMA_F64(p, square, -0x1.b82ce3119e73ep-6);
    p = SY_FMA_F64(p, square, 0x1.ce2f21a040efap-4);
    p = SY_FMA_F64(p, square, -0x1.812746b0379ep-2);
    p = SY_FMA_F64(p, square, 0x1.06eba8214db69p-3);
    return p;
}

/* erfc(x) = 2^k (hi + lo), for x in [0.74, 27.4]. */
SY_FN sy_pair sy_erfc_far(double x, double *k) {
    double t = (x - 3.0) / (x + 3.0);
    double p = -0x1.4c54c7826a865p-26; /* erfc_f64 */
    p = SY_FMA_F64(p, t, 0x1.05d6cf0e5957ep-25);
    p = SY_FMA_F64(p, t, 0x1.f0d87fd992e5dp-24);
    p = SY_FMA_F64(p, t, -0x1.2535d5a7736adp-23);
    p = SY_FMA_F64(p, t, -0x1.51955f9340a9ep-21);
    p = SY_FMA_F64(p, t, 0x1.7f99aadf56285p-22);
    p = SY_FMA_F64(p, t, 0x1.d2d95ffe5fa54p-19);
    p = SY_FMA_F64(p, t, -0x1.89708553dfeb9p-21);
    p = SY_FMA_F64(p, t, -0x1.5142d3a94284p-16);
    p = SY_FMA_F64(p, t, 0x1.4c31b99de2d7cp-18);
    p = SY_FMA_F64(p, t, 0x1.065a629c23a36p-13);
    p = SY_FMA_F64(p, t, -0x1.b9129f1b4cec7p-14);
    p = SY_FMA_F64(p, t, -0x1.98db524e459e7p-11);
    p = SY_FMA_F64(p, t, 0x1.ef1bdd9a2e27dp-10);
    p = SY_FMA_F64(p, t, 0x1.4b884e498155p-9);
    p = SY_FMA_F64(p, t, -0x1.8574c40c289a2p-6);
    p = SY_FMA_F64(p, t, 0x1.17ca2877ef64ep-4);
    p = SY_FMA_F64(p, t, -0x1.e88b803a486d6p-4);
    p = SY_FMA_F64(p, t, 0x1.098366a5b46fep-3);
    p = SY_FMA_F64(p, t, -0x1.85a15c58aa62p-5);
    p = SY_FMA_F64(p, t, -0x1.15c084bb9e8f3p-3);
    sy_pair curve = sy_quick_sum(0x1.40c522d7e4987p+0, SY_FMA_F64(p, t, 0x1.a31854ae6ff6cp-55));
    sy_pair scaled = sy_pair_quotient(curve, sy_two_sum(1.0, 2.0 * x));
    sy_pair square = sy_two_product(x, x);
    return sy_pair_product(scaled, sy_exp_pair_more(-square.hi, -square.lo, k));
}

SY_FN double sy_erf_f64(double x) { /* 1 ulp */
    double k;
    double size = fabs(x);
    double inside = size < 0.75 ? 0.75 : size > 6.5 ? 6.5 : size;
    sy_pair far = sy_erfc_far(inside, &k);
    double scale = sy_power_of_two_f64(k);
    double away = 1.0 - (far.hi * scale + far.lo * scale);
    double near = SY_FMA_F64(x, sy_erf_near(x * x), x);
    double result = size < 0.75 ? near : copysign(away, x);
    return x != x ? x : result;
}

SY_FN double sy_erfc_f64(double x) { /* 1 ulp */
    double k;
    double size = fabs(x);
    double inside = size < 0.75 ? 0.75 : size > 27.4 ? 27.4 : size;
    sy_pair far = sy_erfc_far(inside, &k);
    double scale = sy_power_of_two_f64(k < -1022.0 ? -1022.0 : k);
    double left = 2.0 - (far.hi * scale + far.lo * scale);
    sy_pair one = sy_two_sum(1.0, -x);
    double near = one.hi + (one.lo - x * sy_erf_near(x * x));
    double away = x < 0.0 ? left : sy_scale_f64(far.hi, k);
    double result = size < 0.75 ? near : away;
    return x != x ? x : result;
}

/* erf(x) / x - 1 to 2^-40. */
SY_FN double sy_erf_near_short(double z) {
    double square = z * z;
    double even = 0x1.8cd13bf34f46ep-14; /* erf_short */
    double odd = -0x1.b60efe682f586p-11;
    even = SY_FMA_F64(even, square, 0x1.55e1794b0fbccp-8);
    odd = SY_FMA_F64(odd, square, -0x1.b826e49974964p-6);
    even = SY_FMA_F64(even, square, 0x1.ce2efd9334b68p-4);
    odd = SY_FMA_F64(odd, square, -0x1.8127465e6b706p-2);
    even = SY_FMA_F64(even, square, 0x1.06eba82059a0ep-3);
    double p = SY_FMA_F64(odd, z, even);
    return p;
}

/* erfc(x) to 2^-36, for x in [0.74, 10.2]; t is about another centre. */
SY_FN double sy_erfc_far_short(double x) {
    double t = (x - 2.0) / (x + 2.0);
    double square = t * t;
    double even = -0x1.eb05e7e4ea08p-15; /* erfc_short */
    double odd = 0x1.306e533d28143p-13;
    even = SY_FMA_F64(even, square, 0x1.f67065518b2fcp-13);
    odd = SY_FMA_F64(odd, square, -0x1.e15730f3ecf7cp-12);
    even = SY_FMA_F64(even, square, -0x1.7fefed42f3ffbp-10);
    odd = SY_FMA_F64(odd, square, 0x1.4db3ac1f114d2p-10);
    even = SY_FMA_F64(even, square, 0x1.1dda42c6bce5ap-7);
    odd = SY_FMA_F64(odd, square, -0x1.0743c35f8c5a4p-7);
    even = SY_FMA_F64(even, square, -0x1.bc2bae4122cbfp-5);
    odd = SY_FMA_F64(odd, square, 0x1.4ffa1f260d368p-3);
    even = SY_FMA_F64(even, square, -0x1.5407be9e9a4f2p-3);
    odd = SY_FMA_F64(odd, square, -0x1.7bf5ec1d3c25cp-4);
    even = SY_FMA_F64(even, square, 0x1.46e80e2273e4bp+0);
    double p = SY_FMA_F64(odd, t, even);
    return sy_exp_short(-x * x) * (p / SY_FMA_F64(2.0, x, 1.0));
}

SY_FN float sy_erf_f32(float x) { /* 0.501 ulp */
    double y = (double)x;
    double size = fabs(y);
    double far = sy_erfc_far_short(size < 0.75 ? 0.75 : size > 5.0 ? 5.0 : size);
    double near = SY_FMA_F64(y, sy_erf_near_short(y * y), y);
    double result = size < 0.75 ? near : copysign(1.0 - far, y);
    return x != x ? x : x == 0.0f ? x : (float)result;
}

SY_FN float sy_erfc_f32(float x) { /* 0.501 ulp */
    double y = (double)x;
    double size = fabs(y);
    double far = sy_erfc_far_short(size < 0.75 ? 0.75 : size > 10.2 ? 10.2 : size);
    double near = (1.0 - y) - y * sy_erf_near_short(y * y);
    double result = size < 0.75 ? near : y < 0.0 ? 2.0 - far : far;
    return x != x ? x : (float)result;
}

/* --- lgamma: log |gamma(x)| --- */

/* log(a.hi + a.lo). */
SY_FN_LARGE sy_pair sy_log_of_pair(sy_pair a) {
    sy_pair result = sy_log_fine(a.hi);
    return sy_quick_sum(result.hi, result.lo + a.lo / a.hi);
}

/* Stirling's series, for x in [12, 2^500]: (x - 1/2) (log x - 1) + (log 2pi - 1) / 2 + 1 / 12x -
 * ... */
SY_FN_LARGE sy_pair sy_lgamma_far(sy_pair x) {
    sy_pair logarithm = sy_log_fine(x.hi);
    sy_pair less = sy_two_sum(logarithm.hi, -1.0);
    less.lo += logarithm.lo;
    sy_pair product = sy_pair_product(sy_two_sum(x.hi, -0.5), less);
    double inverse = 1.0 / x.hi;
    double z = inverse * inverse;
    double p = -0x1.e4286cb0f5398p-6; /* Bernoulli's numbers over 2n (2n - 1) */
    p = SY_FMA_F64(p, z, 0x1.a41a41a41a41ap-8);
    p = SY_FMA_F64(p, z, -0x1.f6ab0d9993c7dp-10);
    p = SY_FMA_F64(p, z, 0x1.b951e2b18ff23p-11);
    p = SY_FMA_F64(p, z, -0x1.3813813813814p-11);
    p = SY_FMA_F64(p, z, 0x1.a01a01a01a01ap-11);
    p = SY_FMA_F64(p, z, -0x1.6c16c16c16c17p-9);
    p = SY_FMA_F64(p, z, 0x1.5555555555555p-4);
    double rest = SY_FMA_F64(p, inverse, x.lo * (logarithm.hi - 0.5 * inverse));
    sy_pair sum = sy_two_sum(product.hi, 0x1.acfe390c97d69p-2);
    return sy_quick_sum(sum.hi, sum.lo + (product.lo + (0x1.3494bc9001442p-56 + rest)));
}

/* Near the zeros 1 and 2: d (first + d P(d)). */
SY_FN_LARGE sy_pair sy_lgamma_1(double d) {
    double p = 0x1.0da0e389a9b36p-4; /* lgamma_1 */
    p = SY_FMA_F64(p, d, -0x1.2084aba33fc63p-4);
    p = SY_FMA_F64(p, d, 0x1.24467195a613p-4);
    p = SY_FMA_F64(p, d, -0x1.3ab93e2a3c1b5p-4);
    p = SY_FMA_F64(p, d, 0x1.556bbe2920549p-4);
    p = SY_FMA_F64(p, d, -0x1.748d831aa27fdp-4);
    p = SY_FMA_F64(p, d, 0x1.9a01e2410b9e7p-4);
    p = SY_FMA_F64(p, d, -0x1.c8066e0455e19p-4);
    p = SY_FMA_F64(p, d, 0x1.010b36afd4c34p-3);
    p = SY_FMA_F64(p, d, -0x1.2703a1de18d0ep-3);
    p = SY_FMA_F64(p, d, 0x1.5b40cb100c546p-3);
    p = SY_FMA_F64(p, d, -0x1.a8b9c17aa588p-3);
    p = SY_FMA_F64(p, d, 0x1.151322ac7d847p-2);
    p = SY_FMA_F64(p, d, -0x1.9a4d55beab2d8p-2);
    p = SY_FMA_F64(p, d, 0x1.a51a6625307d3p-1);
    sy_pair first = {-0x1.2788cfc6fb619p-1, 0x1.6cb90701fbfabp-58};
    sy_pair line = sy_pair_product(first, sy_quick_sum(d, 0.0));
    return sy_quick_sum(line.hi, SY_FMA_F64(d * d, p, line.lo));
}

SY_FN_LARGE sy_pair sy_lgamma_2(double d) {
    double p = 0x1.2a726f4082b7dp-18; /* lgamma_2 */
    p = SY_FMA_F64(p, d, -0x1.4076a85a0ee52p-17);
    p = SY_FMA_F64(p, d, 0x1.5804aebdc773ap-16);
    p = SY_FMA_F64(p, d, -0x1.78d94dde01d17p-15);
    p = SY_FMA_F64(p, d, 0x1.a127b983c7a5ep-14);
    p = SY_FMA_F64(p, d, -0x1.d3fd4fd507f0dp-13);
    p = SY_FMA_F64(p, d, 0x1.0b36af8419acp-11);
    p = SY_FMA_F64(p, d, -0x1.38ac5c2b67ba4p-10);
    p = SY_FMA_F64(p, d, 0x1.7add6eadb74b2p-9);
    p = SY_FMA_F64(p, d, -0x1.e404fc218f759p-8);
    p = SY_FMA_F64(p, d, 0x1.51322ac7d8483p-6);
    p = SY_FMA_F64(p, d, -0x1.13e001a557606p-4);
    p = SY_FMA_F64(p, d, 0x1.4a34cc4a60fa6p-2);
    sy_pair first = {0x1.b0ee6072093cep-2, 0x1.6cb90701fbfabp-58};
    sy_pair line = sy_pair_product(first, sy_quick_sum(d, 0.0));
    return sy_quick_sum(line.hi, SY_FMA_F64(d * d, p, line.lo));
}

/* For x in [2^-60, 2^500]. Below 12: lgamma(x + n) - log(x (x + 1) ... (x + n - 1)). */
SY_FN_LARGE sy_pair sy_lgamma_pair(double x) {
    if (fabs(x - 1.0) <= 0.125) return sy_lgamma_1(x - 1.0);
    if (fabs(x - 2.0) <= 0.125) return sy_lgamma_2(x - 2.0);
    sy_pair at = {x, 0.0}, product = {1.0, 0.0};
    for (double n = 1.0; at.hi < 12.0; n += 1.0) {
        product = sy_pair_product(product, at);
        at = sy_two_sum(x, n);
    }
    sy_pair far = sy_lgamma_far(at);
    if (product.hi == 1.0) return far;
    sy_pair less = sy_log_of_pair(product);
    sy_pair sum = sy_two_sum(far.hi, -less.hi);
    return sy_quick_sum(sum.hi, sum.lo + (far.lo - less.lo));
}

/* sin(pi x) and cos(pi x), up to a common sign, for |x| <= 1/2. */
SY_FN_LARGE void sy_half_turn(double x, sy_pair *sine, sy_pair *cosine) {
    bool outer = fabs(x) > 0.25;
    sy_pair turn = {outer ? 0.5 - fabs(x) : fabs(x), 0.0};
    sy_pair pi = {0x1.921fb54442d18p+1, 0x1.1a62633145c07p-53};
    sy_pair angle = sy_pair_product(turn, pi);
    sy_pair first = sy_sin_pair(angle), second = sy_cos_pair(angle);
    *sine = outer ? second : first;
    *cosine = outer ? first : second;
    if (x < 0.0) {
        sine->hi = -sine->hi;
        sine->lo = -sine->lo;
    }
}

SY_FN_LARGE double sy_lgamma_f64(double x) { /* 0.8 ulp; x < 0: or 2^-53 */
    double size = fabs(x);
    if (!(size <= DBL_MAX)) return size;
    if (size < 0x1p-60) return -sy_log_f64(size);
    if (x >= 0x1p500) { /* x (log x - 1), scaled so that nothing overflows early */
        sy_pair logarithm = sy_log_fine(x);
        sy_pair less = sy_two_sum(logarithm.hi, -1.0);
        less.lo += logarithm.lo;
        sy_pair part = {x * 0x1p-400, 0.0};
        return sy_pair_product(part, less).hi * 0x1p400;
    }
    if (x > 0.0) return sy_lgamma_pair(x).hi;
    if (x == floor(x)) return (double)INFINITY;
    /* lgamma(x) = log(pi / |x sin(pi x)|) - lgamma(-x) */
    sy_pair sine, cosine, factor = {size, 0.0}, mirrored = sy_lgamma_pair(size);
    sy_half_turn(fabs(x - rint(x)), &sine, &cosine);
    sy_pair less = sy_log_of_pair(sy_pair_product(factor, sine));
    sy_pair log_pi = {0x1.250d048e7a1bdp+0, 0x1.7abf2ad8d5088p-57};
    sy_pair first = sy_two_sum(log_pi.hi, -less.hi);
    sy_pair second = sy_two_sum(first.hi, -mirrored.hi);
    return second.hi + (second.lo + (first.lo + ((log_pi.lo - less.lo) - mirrored.lo)));
}

SY_FN_LARGE float sy_lgamma_f32(float x) { /* 0.501 ulp */
    return (float)sy_lgamma_f64((double)x);
}

/* --- digamma: the derivative of log gamma --- */

/* For x > 0. log x - 1 / 2x - 1 / 12x^2 + ... from 12 on; below, digamma(x + n) - 1 / x - ... - 1 /
 * (x + n - 1). */
SY_FN_LARGE sy_pair sy_digamma_pair(double x) {
    double d = (x - 0x1.762d86356be3fp+0) - 0x1.b86a722197829p-54; /* from the zero */
    if (fabs(d) <= 0.0625) {
        double p = -0x1.dadcc29c69fc6p-8; /* digamma */
        p = SY_FMA_F64(p, d, 0x1.5b34d6d99036bp-7);
        p = SY_FMA_F64(p, d, -0x1.f96eb4f948bfcp-7);
        p = SY_FMA_F64(p, d, 0x1.723c603d6a4b8p-6);
        p = SY_FMA_F64(p, d, -0x1.0fa7ec7021c57p-5);
        p = SY_FMA_F64(p, d, 0x1.8fce02f41f80ap-5);
        p = SY_FMA_F64(p, d, -0x1.27baba26153bdp-4);
        p = SY_FMA_F64(p, d, 0x1.b9a5b637080c2p-4);
        p = SY_FMA_F64(p, d, -0x1.4fc1317257daep-3);
        p = SY_FMA_F64(p, d, 0x1.08b4294d50383p-2);
        p = SY_FMA_F64(p, d, -0x1.c563b54aa1a35p-2);
        sy_pair slope = {0x1.ef72bc8ee38acp-1, -0x1.3879eb97bf58dp-55};
        sy_pair line =
            sy_pair_product(slope, sy_two_sum(x - 0x1.762d86356be3fp+0, -0x1.b86a722197829p-54));
        return sy_quick_sum(line.hi, SY_FMA_F64(d * d, p, line.lo));
    }
    sy_pair at = {x, 0.0}, one = {1.0, 0.0}, less = {0.0, 0.0};
    for (double n = 1.0; at.hi < 12.0; n += 1.0) {
        sy_pair part = sy_pair_quotient(one, at);
        sy_pair sum = sy_two_sum(less.hi, part.hi);
        less = sy_quick_sum(sum.hi, sum.lo + (less.lo + part.lo));
        at = sy_two_sum(x, n);
    }
    sy_pair inverse = sy_pair_quotient(one, at);
    double z = inverse.hi * inverse.hi;
    double p = -0x1.c5e5e5e5e5e5ep-2; /* Bernoulli's numbers over 2n */
    p = SY_FMA_F64(p, z, 0x1.5555555555555p-4);
    p = SY_FMA_F64(p, z, -0x1.5995995995996p-6);
    p = SY_FMA_F64(p, z, 0x1.f07c1f07c1f08p-8);
    p = SY_FMA_F64(p, z, -0x1.1111111111111p-8);
    p = SY_FMA_F64(p, z, 0x1.0410410410410p-8);
    p = SY_FMA_F64(p, z, -0x1.1111111111111p-7);
    p = SY_FMA_F64(p, z, 0x1.5555555555555p-4);
    sy_pair logarithm = sy_log_of_pair(at);
    sy_pair first = sy_two_sum(logarithm.hi, -0.5 * inverse.hi);
    sy_pair second = sy_two_sum(first.hi, -less.hi);
    double rest = (first.lo + (logarithm.lo - 0.5 * inverse.lo)) - p * z;
    return sy_quick_sum(second.hi, second.lo + (rest - less.lo));
}

SY_FN_LARGE double sy_digamma_f64(double x) { /* 0.8 ulp; x < 0: or 2^-51 */
    double size = fabs(x);
    if (x > DBL_MAX) return x;
    if (!(size <= DBL_MAX)) return (double)NAN;
    if (size < 0x1p-60) return -1.0 / x;
    if (size > 0x1p500 && x > 0.0) return sy_log_f64(x);
    if (x > 0.0) return sy_digamma_pair(x).hi;
    if (x == floor(x)) return (double)NAN;
    /* digamma(x) = digamma(-x) - 1 / x - pi cot(pi x) */
    sy_pair sine, cosine, one = {1.0, 0.0}, factor = {x, 0.0}, mirrored = sy_digamma_pair(size);
    sy_half_turn(x - rint(x), &sine, &cosine);
    sy_pair pi = {0x1.921fb54442d18p+1, 0x1.1a62633145c07p-53};
    sy_pair cotangent = sy_pair_product(pi, sy_pair_quotient(cosine, sine));
    sy_pair inverse = sy_pair_quotient(one, factor);
    sy_pair first = sy_two_sum(mirrored.hi, -inverse.hi);
    sy_pair second = sy_two_sum(first.hi, -cotangent.hi);
    return second.hi + (second.lo + (first.lo + ((mirrored.lo - inverse.lo) - cotangent.lo)));
}

SY_FN_LARGE float sy_digamma_f32(float x) { /* 0.501 ulp */
    return (float)sy_digamma_f64((double)x);
}

/* --- trigamma: the derivative of digamma --- */

/* For x in (2^-512, 2^60). 1 / x + 1 / 2x^2 + 1 / 6x^3 - ... from 12 on; below, trigamma(x + n) + 1
 * / x^2 + ... + 1 / (x + n - 1)^2. */
SY_FN_LARGE sy_pair sy_trigamma_pair(double x) {
    sy_pair at = {x, 0.0}, one = {1.0, 0.0}, more = {0.0, 0.0};
    for (double n = 1.0; at.hi < 12.0; n += 1.0) {
        sy_pair part = sy_pair_quotient(one, at);
        part = sy_pair_product(part, part);
        sy_pair sum = sy_two_sum(more.hi, part.hi);
        more = sy_quick_sum(sum.hi, sum.lo + (more.lo + part.lo));
        at = sy_two_sum(x, n);
    }
    sy_pair inverse = sy_pair_quotient(one, at);
    double z = inverse.hi * inverse.hi;
    double p = -0x1.c5e5e5e5e5e5ep+2; /* Bernoulli's numbers */
    p = SY_FMA_F64(p, z, 0x1.2aaaaaaaaaaabp+0);
    p = SY_FMA_F64(p, z, -0x1.0330330330330p-2);
    p = SY_FMA_F64(p, z, 0x1.364d9364d9365p-4);
    p = SY_FMA_F64(p, z, -0x1.1111111111111p-5);
    p = SY_FMA_F64(p, z, 0x1.8618618618618p-6);
    p = SY_FMA_F64(p, z, -0x1.1111111111111p-5);
    p = SY_FMA_F64(p, z, 0x1.5555555555555p-3);
    sy_pair factor = sy_quick_sum(1.0, 0.5 * inverse.hi);
    factor.lo += SY_FMA_F64(p, z, 0.5 * inverse.lo);
    sy_pair far = sy_pair_product(inverse, factor);
    sy_pair sum = sy_two_sum(far.hi, more.hi);
    return sy_quick_sum(sum.hi, sum.lo + (far.lo + more.lo));
}

SY_FN_LARGE double sy_trigamma_f64(double x) { /* 0.8 ulp */
    double size = fabs(x);
    if (x >= 0x1p60) return 1.0 / x;
    if (!(size <= DBL_MAX)) return (double)NAN;
    if (size <= 0x1p-512) return (double)INFINITY;
    if (x > 0.0) return sy_trigamma_pair(x).hi;
    if (x == floor(x)) return (double)INFINITY;
    /* trigamma(x) = (pi / sin(pi x))^2 - trigamma(1 - x), and that is trigamma(-x) - 1 / x^2 */
    sy_pair sine, cosine, pi = {0x1.921fb54442d18p+1, 0x1.1a62633145c07p-53};
    if (size < 0x1p-30) return sy_trigamma_pair(size).hi; /* even to within x */
    sy_half_turn(x - rint(x), &sine, &cosine);
    sy_pair turn = sy_pair_quotient(pi, sine), one = {1.0, 0.0}, factor = {size, 0.0};
    sy_pair inverse = sy_pair_quotient(one, factor), mirrored = {0.0, 0.0};
    if (size < 0x1p60) mirrored = sy_trigamma_pair(size);
    turn = sy_pair_product(turn, turn);
    inverse = sy_pair_product(inverse, inverse);
    sy_pair first = sy_two_sum(inverse.hi, -mirrored.hi);
    sy_pair second = sy_two_sum(turn.hi, first.hi);
    return second.hi + (second.lo + (first.lo + ((inverse.lo - mirrored.lo) + turn.lo)));
}

SY_FN_LARGE float sy_trigamma_f32(float x) { /* 0.501 ulp */
    return (float)sy_trigamma_f64((double)x);
}

/* --- polygamma: the further derivatives of digamma. That of order n is n! times the sum of
 * 1 / (x + k)^(n + 1) over k = 0, 1, ..., with the sign -(-1)^n. --- */

/* scale n! / at^(n + 1), for at in [2^-520, 2^600]: the factors are taken so that nothing on the
 * way is larger or smaller than both ends. Infinity or 0 where scale can not bring it back. */
SY_FN_LARGE sy_pair sy_polygamma_term(int n, sy_pair at, double scale) {
    sy_pair one = {1.0, 0.0}, first = {scale, 0.0}, none = {0.0, 0.0},
            infinite = {(double)INFINITY, 0.0};
    sy_pair inverse = sy_pair_quotient(one, at), term = sy_pair_product(first, inverse);
    for (int i = 1; i <= n; ++i) {
        sy_pair factor = {(double)i, 0.0};
        term = sy_pair_product(term, sy_pair_product(factor, inverse));
        if (!(term.hi <= 0x1p900)) return infinite;
        if (term.hi < 0x1p-900) return none;
    }
    return term;
}

/* The terms from at on, by Euler and Maclaurin's series; at >= 12 + 2n. */
SY_FN_LARGE sy_pair sy_polygamma_far(int n, sy_pair at, double scale) {
    static const double bernoulli[] = {/* Bernoulli's numbers over (2 j)! */
                                       0x1.5555555555555p-4,  -0x1.6c16c16c16c17p-10,
                                       0x1.1566abc011567p-15, -0x1.bbd779334ef0bp-21,
                                       0x1.66a8f2bf70ebep-26, -0x1.22805d644267fp-31,
                                       0x1.d6db2c4e09162p-37, -0x1.7da4e1f79955cp-42};
    sy_pair one = {1.0, 0.0}, order = {(double)n, 0.0};
    sy_pair inverse = sy_pair_quotient(one, at), ratio = sy_pair_product(order, inverse);
    double z = inverse.hi * inverse.hi, p = bernoulli[7];
    for (int j = 6; j >= 0; --j) {
        double next = (double)(n + 2 * j + 2) * (double)(n + 2 * j + 3);
        p = SY_FMA_F64(p, next * z, bernoulli[j]);
    }
    p *= (double)(n + 1) * inverse.hi;
    sy_pair factor = sy_two_sum(1.0, 0.5 * ratio.hi);
    factor.lo += SY_FMA_F64(p, ratio.hi, 0.5 * ratio.lo);
    return sy_pair_product(sy_polygamma_term(n - 1, at, scale), factor);
}

/* scale n! times the sum over k, for x > 0. */
SY_FN_LARGE sy_pair sy_polygamma_sum(int n, sy_pair x, double scale) {
    sy_pair at = x, sum = {0.0, 0.0};
    for (double k = 1.0; at.hi < 12.0 + 2.0 * (double)n; k += 1.0) {
        sy_pair term = sy_polygamma_term(n, at, scale);
        if (term.hi <= sum.hi * 0x1p-110 || term.hi > 0x1p900) /* all that follow are smaller */
            return term.hi > 0x1p900 ? term : sum;
        sy_pair next = sy_two_sum(sum.hi, term.hi);
        sum = sy_quick_sum(next.hi, next.lo + (sum.lo + term.lo));
        at = sy_two_sum(x.hi, k);
        at.lo += x.lo;
    }
    sy_pair far = sy_polygamma_far(n, at, scale);
    sy_pair all = sy_two_sum(sum.hi, far.hi);
    return sy_quick_sum(all.hi, all.lo + (sum.lo + far.lo));
}

/* For x < 0 and no whole number: with f the way to the nearest one, the terms on both sides of f
 * are those of 1 + f and 1 - f; those that x does not have are those of 1 - x. */
SY_FN_LARGE double sy_polygamma_below(int n, double x) {
    double f = x - rint(x), scale = 0x1p-300, even = n % 2 ? 1.0 : -1.0;
    sy_pair size = {fabs(f), 0.0}, sum = sy_polygamma_term(n, size, scale);
    if (f < 0.0) {
        sum.hi *= even;
        sum.lo *= even;
    }
    if (!(fabs(sum.hi) <= DBL_MAX)) return sum.hi;
    sy_pair above = sy_polygamma_sum(n, sy_two_sum(1.0, f), scale);
    sy_pair below = sy_polygamma_sum(n, sy_two_sum(1.0, -f), scale);
    sy_pair less = {0.0, 0.0};
    if (x > -0x1p50) less = sy_polygamma_sum(n, sy_two_sum(1.0, -x), scale);
    sy_pair mirrored = sy_two_sum(below.hi, -less.hi);
    mirrored.lo += below.lo - less.lo;
    sy_pair both = sy_two_sum(above.hi, even * mirrored.hi);
    both.lo += above.lo + even * mirrored.lo;
    sy_pair all = sy_two_sum(sum.hi, both.hi);
    return (all.hi + (all.lo + (sum.lo + both.lo))) * 0x1p300;
}

/* order is a whole number, 2 to 100. 0.8 ulp; order even, x < 0: or 2^-53 order! */
SY_FN_LARGE double sy_polygamma_f64(double order, double x) {
    int n = (int)order;
    double size = fabs(x), sign = n % 2 ? 1.0 : -1.0;
    if (x != x || x < -DBL_MAX) return (double)NAN;
    if (size > 0x1p600) return x > 0.0 ? sign * 0.0 : n % 2 ? (double)INFINITY : (double)NAN;
    if (size < 0x1p-520) return n % 2 ? (double)INFINITY : copysign((double)INFINITY, -x);
    if (x < 0.0 && x == rint(x)) return n % 2 ? (double)INFINITY : (double)NAN;
    if (x < 0.0) return sign * sy_polygamma_below(n, x);
    double scale = x < 1.0 ? 0x1p-300 : x < 256.0 ? 1.0 : 0x1p300;
    sy_pair whole = {x, 0.0};
    return sign * (sy_polygamma_sum(n, whole, scale).hi / scale);
}

SY_FN_LARGE float sy_polygamma_f32(float order, float x) { /* 0.501 ulp; likewise */
    return (float)sy_polygamma_f64((double)order, (double)x);
}
#endif
