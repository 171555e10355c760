package dev.limpet.admin.live;

/**
 * How much there was in the last second, for each second.
 *
 * @param errors answers with a status from 500, and requests without an answer
 */
record Rate(double requests, double errors, double bytesIn, double bytesOut) {

  static final Rate ZERO = new Rate(0, 0, 0, 0);

  Rate plus(Rate other) {
    return new Rate(
        requests + other.requests,
        errors + other.errors,
        bytesIn + other.bytesIn,
        bytesOut + other.bytesOut);
  }
}
