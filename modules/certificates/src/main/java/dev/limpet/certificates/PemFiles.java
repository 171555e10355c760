package dev.limpet.certificates;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Certificates and private keys in PEM files (RFC 7468). */
public final class PemFiles {

  private static final Pattern PEM =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----([^-]*)-----END \\1-----");

  private static final List<String> ALGORITHMS = List.of("EC", "RSA", "EdDSA");

  private PemFiles() {}

  /**
   * All certificates of a file, in order; at least one.
   *
   * @throws IOException names the file and what is wrong with it
   */
  public static List<X509Certificate> certificates(Path file) throws IOException {
    byte[] content = read(file);
    try {
      List<X509Certificate> chain = new ArrayList<>();
      CertificateFactory.getInstance("X.509")
          .generateCertificates(new ByteArrayInputStream(content))
          .forEach(read -> chain.add((X509Certificate) read));
      if (chain.isEmpty()) {
        throw new IOException(file + ": there is no certificate in it");
      }
      return chain;
    } catch (GeneralSecurityException e) {
      throw new IOException(
          file
              + (text(content).contains(" PRIVATE KEY-----")
                  ? ": holds a private key where the certificate should be; are the two swapped?"
                  : ": not a PEM certificate: " + e.getMessage()),
          e);
    }
  }

  /**
   * All that a file holds.
   *
   * @throws IOException names the file and why it cannot be read
   */
  public static byte[] read(Path file) throws IOException {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      // The system's exceptions say the file's name or the reason, not both.
      String reason =
          switch (e) {
            case NoSuchFileException _ -> "there is no such file";
            case AccessDeniedException _ -> "this process may not read it";
            case FileSystemException system when system.getReason() != null -> system.getReason();
            default -> "cannot be read: " + e.getMessage();
          };
      throw new IOException(file + ": " + reason, e);
    }
  }

  /**
   * A certificate's own private key: PKCS#8, not encrypted.
   *
   * @throws IOException names the file and what is wrong with it; where the key is of another kind,
   *     how to convert it
   */
  public static PrivateKey keyOf(X509Certificate certificate, Path file) throws IOException {
    PrivateKey key = key(file);
    try {
      if (!belongTogether(certificate.getPublicKey(), key)) {
        throw new IOException(
            file + ": not the key of " + certificate.getSubjectX500Principal().getName());
      }
      return key;
    } catch (GeneralSecurityException e) {
      throw new IOException(file + ": cannot be used: " + e.getMessage(), e);
    }
  }

  /**
   * Why a key's file is not as secret as it should be; empty if it is, or the file system cannot
   * say. Where it is somebody else's, this process reads it by its group, as a Secret of
   * Kubernetes.
   */
  public static Optional<String> exposure(Path key) {
    return exposure(key, "this private key");
  }

  /**
   * As {@link #exposure(Path)}.
   *
   * @param what is in the file
   */
  public static Optional<String> exposure(Path file, String what) {
    PosixFileAttributes attributes;
    try {
      attributes = Files.readAttributes(file, PosixFileAttributes.class);
    } catch (IOException | UnsupportedOperationException unknown) {
      return Optional.empty();
    }
    Set<PosixFilePermission> granted = attributes.permissions();
    boolean own = attributes.owner().getName().equals(System.getProperty("user.name"));
    return granted.contains(PosixFilePermission.OTHERS_READ)
            || (own && granted.contains(PosixFilePermission.GROUP_READ))
        ? Optional.of(
            file
                + ": "
                + what
                + " can be read by others than its owner ("
                + PosixFilePermissions.toString(granted)
                + "); chmod 600 keeps it secret")
        : Optional.empty();
  }

  private static PrivateKey key(Path file) throws IOException {
    String text = text(read(file));
    Matcher pem = PEM.matcher(text);
    if (!pem.find()) {
      throw new IOException(
          file
              + (text.contains("-----BEGIN CERTIFICATE-----")
                  ? ": holds a certificate where the private key should be; are the two swapped?"
                  : ": there is no private key in it"));
    }
    if (!pem.group(1).equals("PRIVATE KEY")) {
      throw new IOException(
          file
              + ": holds a \""
              + pem.group(1)
              + "\"; convert it with openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW");
    }
    try {
      byte[] der = Base64.getMimeDecoder().decode(pem.group(2));
      for (String algorithm : ALGORITHMS) {
        try {
          return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
        } catch (GeneralSecurityException another) {
          // The next one, then.
        }
      }
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": the private key is damaged", e);
    }
    throw new IOException(file + ": neither an EC nor an RSA nor an Ed25519 key");
  }

  /** PEM is ASCII; other bytes are no reason to fail in another way. */
  private static String text(byte[] content) {
    return new String(content, StandardCharsets.ISO_8859_1);
  }

  /** Whether what one signs the other verifies. */
  private static boolean belongTogether(PublicKey open, PrivateKey secret)
      throws GeneralSecurityException {
    if (!open.getAlgorithm().equals(secret.getAlgorithm())) {
      return false;
    }
    String algorithm =
        switch (secret.getAlgorithm()) {
          case "EC" -> "SHA256withECDSA";
          case "RSA" -> "SHA256withRSA";
          default -> "EdDSA";
        };
    byte[] probe = {1, 2, 3};
    Signature signature = Signature.getInstance(algorithm);
    signature.initSign(secret);
    signature.update(probe);
    byte[] signed = signature.sign();
    signature.initVerify(open);
    signature.update(probe);
    return signature.verify(signed);
  }
}
