package dev.limpet.node.certs;

import dev.limpet.certificates.PemFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * A cluster's own authority: ca.crt and ca.key in a directory. The JDK's keytool makes the keys and
 * certificates, since no public API does.
 */
public final class Authority {

  private static final String CERTIFICATE = "ca.crt";
  private static final String KEY = "ca.key";

  private final Path directory;
  private final X509Certificate certificate;
  private final PrivateKey key;

  private Authority(Path directory, X509Certificate certificate, PrivateKey key) {
    this.directory = directory;
    this.certificate = certificate;
    this.key = key;
  }

  /**
   * The one of a directory, which is made if there is none.
   *
   * @throws IOException says what is in the way
   */
  static Authority in(Path directory, int days, Consumer<String> say) throws IOException {
    Files.createDirectories(directory);
    Path certificate = directory.resolve(CERTIFICATE);
    Path key = directory.resolve(KEY);
    if (!Files.exists(certificate) && !Files.exists(key)) {
      make(directory, certificate, key, days);
      say.accept("made " + certificate + " and " + key);
    }
    for (Path file : List.of(certificate, key)) {
      if (!Files.exists(file)) {
        throw new IOException("there is no " + file + ", but its other half");
      }
    }
    X509Certificate authority = PemFiles.certificates(certificate).getFirst();
    return new Authority(directory, authority, PemFiles.keyOf(authority, key));
  }

  private static void make(Path directory, Path certificate, Path key, int days)
      throws IOException {
    try (Keytool tool = new Keytool(directory)) {
      tool.run(
          "-genkeypair",
          "-alias",
          "ca",
          "-keyalg",
          "EC",
          "-groupname",
          "secp256r1",
          "-dname",
          "CN=Limpet cluster authority",
          "-validity",
          Integer.toString(days),
          "-startdate",
          "-1H",
          "-ext",
          "bc:critical=ca:true,pathlen:0",
          "-ext",
          "ku:critical=keyCertSign,cRLSign");
      tool.export("ca", key, certificate);
    }
  }

  /** Makes a node's certificate for both sides of connections, unless it is there. */
  void issue(String node, Set<SubjectName> subjects, int days, Consumer<String> say)
      throws IOException {
    Path out = directory.resolve(node + ".crt");
    Path secret = directory.resolve(node + ".key");
    if (Files.exists(out) || Files.exists(secret)) {
      say.accept("left as they are: " + out + " and " + secret);
      return;
    }
    String names = subjects.stream().map(SubjectName::toString).collect(Collectors.joining(","));
    try (Keytool tool = new Keytool(directory)) {
      tool.put("ca", key, certificate);
      tool.run(
          "-genkeypair",
          "-alias",
          "node",
          "-keyalg",
          "EC",
          "-groupname",
          "secp256r1",
          "-dname",
          "CN=" + node.replace(":", "\\:"),
          "-validity",
          Integer.toString(days),
          "-startdate",
          "-1H",
          "-signer",
          "ca",
          "-ext",
          "bc:critical=ca:false",
          "-ext",
          "ku:critical=digitalSignature",
          "-ext",
          "eku=serverAuth,clientAuth",
          "-ext",
          "san=" + names);
      tool.export("node", secret, out);
    }
    say.accept("made " + out + " and " + secret + " for " + names);
  }
}
