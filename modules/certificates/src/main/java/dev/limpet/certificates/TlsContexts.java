package dev.limpet.certificates;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Makes the JDK's TLS contexts of what PEM files hold. */
public final class TlsContexts {

  private static final char[] IN_MEMORY = {};

  /** A certificate with those that lead to its authority, and its private key. */
  public record Identity(List<X509Certificate> chain, PrivateKey key) {}

  private TlsContexts() {}

  /**
   * @param identity shown to the other side; null for none
   * @param authorities believed; none for those that the JDK believes
   */
  public static SSLContext of(@Nullable Identity identity, List<X509Certificate> authorities)
      throws GeneralSecurityException, IOException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(
        identity == null ? null : keyManagers(identity),
        authorities.isEmpty() ? null : trustManagers(authorities),
        null);
    return context;
  }

  private static KeyManager[] keyManagers(Identity identity)
      throws GeneralSecurityException, IOException {
    KeyStore keys = empty();
    keys.setKeyEntry(
        "own", identity.key(), IN_MEMORY, identity.chain().toArray(Certificate[]::new));
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, IN_MEMORY);
    return managers.getKeyManagers();
  }

  private static TrustManager[] trustManagers(List<X509Certificate> authorities)
      throws GeneralSecurityException, IOException {
    KeyStore store = empty();
    for (X509Certificate authority : authorities) {
      store.setCertificateEntry(Integer.toString(store.size()), authority);
    }
    TrustManagerFactory managers =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(store);
    return managers.getTrustManagers();
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }
}
