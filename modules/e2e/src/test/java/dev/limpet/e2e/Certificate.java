package dev.limpet.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * A certificate for the loopback address that nobody has signed, and its key.
 *
 * @param certificate a PEM file
 * @param key a PEM file, PKCS#8
 */
record Certificate(Path certificate, Path key) {

  private static final String PASSWORD = "not a secret";

  static Certificate create(Path directory) {
    Path store = directory.resolve("localhost.p12");
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    List<String> command =
        List.of(
            keytool,
            "-genkeypair",
            "-alias",
            "localhost",
            "-keyalg",
            "EC",
            "-groupname",
            "secp256r1",
            "-dname",
            "CN=localhost",
            "-ext",
            "san=dns:localhost,ip:127.0.0.1",
            "-storetype",
            "PKCS12",
            "-keystore",
            store.toString(),
            "-storepass",
            PASSWORD);
    try (Child child = Child.start("keytool", directory, command, Map.of())) {
      if (child.awaitExit() != 0) {
        throw new IllegalStateException("keytool: " + child.output());
      }
    }
    try (InputStream in = Files.newInputStream(store)) {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(in, PASSWORD.toCharArray());
      Key key = keys.getKey("localhost", PASSWORD.toCharArray());
      return new Certificate(
          pem(directory, "CERTIFICATE", keys.getCertificate("localhost").getEncoded()),
          pem(directory, "PRIVATE KEY", key.getEncoded()));
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException("cannot make a certificate", e);
    }
  }

  private static Path pem(Path directory, String what, byte[] bytes) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    Path file = directory.resolve(what.replace(' ', '-') + ".pem");
    // Limpet warns of keys that others can read.
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return Files.writeString(
        file, "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n");
  }
}
