package dev.limpet.node.certs;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/** The JDK's keytool with a key store of its own, which is gone when this one is closed. */
final class Keytool implements AutoCloseable {

  private static final String PASSWORD = "LIMPET_KEYTOOL_PASSWORD";

  private final Path directory;
  private final Path store;
  private final char[] password;

  /**
   * @param work where the store is for as long: the folder of what is made, since the system's own
   *     for such things may be read-only
   */
  Keytool(Path work) throws IOException {
    byte[] random = new byte[16];
    new SecureRandom().nextBytes(random);
    this.password = HexFormat.of().formatHex(random).toCharArray();
    this.directory = Files.createTempDirectory(work, ".keytool-");
    this.store = directory.resolve("store.p12");
  }

  /** Keeps a key and its certificate under a name. */
  void put(String alias, PrivateKey key, X509Certificate certificate) throws IOException {
    try (OutputStream out = Files.newOutputStream(store)) {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(null, null);
      keys.setKeyEntry(alias, key, password, new Certificate[] {certificate});
      keys.store(out, password);
    } catch (GeneralSecurityException e) {
      throw new IOException("cannot use the authority's key: " + e.getMessage(), e);
    }
  }

  /** Runs it on the store. */
  void run(String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    command.addAll(
        List.of("-keystore", store.toString(), "-storetype", "PKCS12", "-storepass:env", PASSWORD));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put(PASSWORD, new String(password));
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IOException("keytool: " + said.strip());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Writes a key and its certificate as PEM files, which must not be there yet. */
  void export(String alias, Path secret, Path open) throws IOException {
    try (InputStream in = Files.newInputStream(store)) {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(in, password);
      Key key = keys.getKey(alias, password);
      write(secret, "PRIVATE KEY", key.getEncoded(), "rw-------");
      write(open, "CERTIFICATE", keys.getCertificate(alias).getEncoded(), "rw-r--r--");
    } catch (GeneralSecurityException e) {
      throw new IOException("keytool: cannot read what it made: " + e.getMessage(), e);
    }
  }

  private static void write(Path file, String kind, byte[] der, String permissions)
      throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    if (Files.getFileStore(file.toAbsolutePath().getParent()).supportsFileAttributeView("posix")) {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions)));
    } else {
      Files.createFile(file);
    }
    Files.writeString(
        file,
        "-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n",
        StandardOpenOption.WRITE);
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(store);
    Files.deleteIfExists(directory);
  }
}
