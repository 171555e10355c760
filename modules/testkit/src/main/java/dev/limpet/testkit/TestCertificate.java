package dev.limpet.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A certificate for some names that signs itself, as PEM files and for a server of the JDK. */
public final class TestCertificate {

  private static final String PASSWORD = "secret";

  private final Path directory;
  private final KeyStore store;

  private TestCertificate(Path directory, KeyStore store) {
    this.directory = directory;
    this.store = store;
  }

  /**
   * @param directory empty, or that of another certificate, which is overwritten
   * @param names such as {@code dns:a.example} or {@code ip:127.0.0.1}
   */
  public static TestCertificate create(Path directory, String... names) {
    return create(directory, "-1d", 90, names);
  }

  /**
   * @param from when it begins, seen from now, such as {@code -40d}
   * @param days from then
   */
  public static TestCertificate create(Path directory, String from, int days, String... names) {
    try {
      Files.createDirectories(directory);
      Path file = directory.resolve("store.p12");
      Files.deleteIfExists(file);
      Process keytool =
          new ProcessBuilder(
                  List.of(
                      Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                      "-genkeypair",
                      "-keyalg",
                      "EC",
                      "-groupname",
                      "secp256r1",
                      "-alias",
                      "own",
                      "-dname",
                      "CN=test",
                      "-startdate",
                      from,
                      "-validity",
                      Integer.toString(days),
                      "-ext",
                      "san=" + String.join(",", names),
                      "-ext",
                      "eku=serverAuth,clientAuth",
                      "-keystore",
                      file.toString(),
                      "-storepass",
                      PASSWORD))
              .inheritIO()
              .start();
      if (keytool.waitFor() != 0) {
        throw new IllegalStateException("keytool failed");
      }
      KeyStore store = KeyStore.getInstance("PKCS12");
      try (InputStream in = Files.newInputStream(file)) {
        store.load(in, PASSWORD.toCharArray());
      }
      TestCertificate made = new TestCertificate(directory, store);
      made.write();
      return made;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  public Path chain() {
    return directory.resolve("own.crt");
  }

  public Path key() {
    return directory.resolve("own.key");
  }

  /** For a server that shows this certificate. */
  public SSLContext serverContext() {
    try {
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, PASSWORD.toCharArray());
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** For either side of a connection between those who show this certificate. */
  public SSLContext mutualContext() {
    try {
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, PASSWORD.toCharArray());
      TrustManagerFactory trusted =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trusted.init(trusting());
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), trusted.getTrustManagers(), null);
      return context;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private KeyStore trusting() throws IOException, GeneralSecurityException {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("own", store.getCertificate("own"));
    return trusted;
  }

  private void write() throws IOException, GeneralSecurityException {
    byte[] chain = store.getCertificate("own").getEncoded();
    byte[] key = store.getKey("own", PASSWORD.toCharArray()).getEncoded();
    Files.writeString(chain(), pem("CERTIFICATE", chain));
    Files.writeString(key(), pem("PRIVATE KEY", key));
  }

  private static String pem(String kind, byte[] der) {
    return "-----BEGIN %s-----%n%s%n-----END %s-----%n"
        .formatted(kind, Base64.getMimeEncoder().encodeToString(der), kind);
  }
}
