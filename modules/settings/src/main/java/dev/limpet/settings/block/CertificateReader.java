package dev.limpet.settings.block;

import dev.limpet.certificates.CertificateDates;
import dev.limpet.certificates.PemFiles;
import dev.limpet.settings.hocon.Section;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * Looks into the files of certificates and keys, so that what is wrong there is told with its line.
 */
final class CertificateReader {

  /** In the place of a file that is a mistake already. */
  static final Path NONE = Path.of("");

  private CertificateReader() {}

  /** A chain and its key, in the keys {@code certificate} and {@code key}. */
  static void check(Section section, Path chain, Path key) {
    if (chain.equals(NONE) || key.equals(NONE)) {
      return;
    }
    List<X509Certificate> read = check(section, "certificate", chain);
    if (read.isEmpty()) {
      return;
    }
    try {
      PemFiles.keyOf(read.getFirst(), key);
    } catch (IOException e) {
      section.reject("key", String.valueOf(e.getMessage()));
    }
  }

  /**
   * Certificates without a key.
   *
   * @return none where the file cannot be used
   */
  static List<X509Certificate> check(Section section, String name, Path file) {
    if (file.equals(NONE)) {
      return List.of();
    }
    try {
      List<X509Certificate> read = PemFiles.certificates(file);
      Instant now = Instant.now();
      for (X509Certificate certificate : read) {
        CertificateDates dates = CertificateDates.at(now, certificate);
        if (dates != CertificateDates.FINE) {
          section.warn(name, file + ": " + dates.inWords(certificate));
        }
      }
      return read;
    } catch (IOException e) {
      section.reject(name, String.valueOf(e.getMessage()));
      return List.of();
    }
  }
}
