package dev.limpet.model.settings;

import dev.limpet.model.net.Cidr;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.secret.TokenHash;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The admin listener, and who may use it.
 *
 * @param hosts names by which the listener may be asked for, beside those that it has anyway; in
 *     lower case, or {@code *}
 * @param tokens those that stand in the settings themselves
 * @param tokensFile more of them, read again when it changes
 * @param tls empty where the listener speaks plain HTTP
 * @param allow networks that callers come from; empty for any
 * @param metricsOpen whether the metrics are for everybody
 * @param insecure whether the listener may be without tokens and client certificates at addresses
 *     that others than this machine reach
 */
public record Admin(
    HostPort bind,
    Set<String> hosts,
    List<Token> tokens,
    Optional<Path> tokensFile,
    Optional<Tls> tls,
    List<Cidr> allow,
    boolean metricsOpen,
    boolean insecure) {

  /** What a caller may do. Each may do what those before it may. */
  public enum Role {
    /** Sees everything. */
    READ,
    /** Changes servers and shares. */
    WRITE,
    /** Changes what concerns the whole node, too. */
    ADMIN;

    /** Whether it may do what takes that role. */
    public boolean covers(Role needed) {
      return compareTo(needed) >= 0;
    }
  }

  /**
   * A token that is let in.
   *
   * @param name what its user is called in the history of changes and in the log
   */
  public record Token(String name, Role role, TokenHash hash) {}

  /**
   * @param identity the listener's certificate and key
   * @param clientCa PEM file of the authorities whose certificates clients may show in a token's
   *     place
   * @param clients who they are; the first that fits counts
   * @param otherClients the role of those that none fits; empty: they are refused
   */
  public record Tls(
      Settings.Certificate identity,
      Optional<Path> clientCa,
      List<Client> clients,
      Optional<Role> otherClients) {

    /** All that it is made of. */
    public List<Path> files() {
      List<Path> files = new ArrayList<>(identity.files());
      clientCa.ifPresent(files::add);
      return files;
    }
  }

  /**
   * @param subject a name in the client's certificate: its subject, the subject's common name, or
   *     one of its alternative names
   */
  public record Client(String subject, Role role) {}

  /** Whether callers have to say who they are. */
  public boolean asksWho() {
    return !tokens.isEmpty() || tokensFile.isPresent() || tls.flatMap(Tls::clientCa).isPresent();
  }

  /** All files that say who is let in. */
  public List<Path> files() {
    List<Path> files = new ArrayList<>();
    tokensFile.ifPresent(files::add);
    tls.ifPresent(own -> files.addAll(own.files()));
    return files;
  }
}
