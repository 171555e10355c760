package dev.limpet.certificates;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** The times between which a certificate is good. */
public enum CertificateDates {
  FINE,
  /** It ends within 30 days. */
  MONTH_LEFT,
  /** It ends within 7 days. */
  WEEK_LEFT,
  EXPIRED,
  NOT_YET;

  private static final Duration MONTH = Duration.ofDays(30);
  private static final Duration WEEK = Duration.ofDays(7);

  public static CertificateDates at(Instant now, X509Certificate certificate) {
    Duration left = Duration.between(now, certificate.getNotAfter().toInstant());
    if (left.isNegative()) {
      return EXPIRED;
    }
    if (now.isBefore(certificate.getNotBefore().toInstant())) {
      return NOT_YET;
    }
    return left.compareTo(WEEK) <= 0 ? WEEK_LEFT : left.compareTo(MONTH) <= 0 ? MONTH_LEFT : FINE;
  }

  /** A sentence for an operator, with the certificate's name. */
  public String inWords(X509Certificate certificate) {
    Instant from = certificate.getNotBefore().toInstant().truncatedTo(ChronoUnit.SECONDS);
    Instant until = certificate.getNotAfter().toInstant().truncatedTo(ChronoUnit.SECONDS);
    String dates =
        switch (this) {
          case FINE -> "is good until " + until;
          case MONTH_LEFT, WEEK_LEFT -> "expires at " + until;
          case EXPIRED -> "has expired at " + until;
          case NOT_YET -> "is not valid before " + from;
        };
    return "the certificate of " + certificate.getSubjectX500Principal().getName() + " " + dates;
  }
}
