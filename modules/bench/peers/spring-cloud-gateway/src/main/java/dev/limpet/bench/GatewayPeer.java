package dev.limpet.bench;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.cloud.gateway.route.builder.RouteLocatorBuilder;
import org.springframework.context.annotation.Bean;

/** Needs the properties {@code server.port} and {@code origin}, a URL. */
@SpringBootApplication
public class GatewayPeer {

  public static void main(String[] args) {
    SpringApplication.run(GatewayPeer.class, args);
  }

  @Bean
  RouteLocator routes(RouteLocatorBuilder routes, @Value("${origin}") String origin) {
    return routes.routes().route(route -> route.path("/**").uri(origin)).build();
  }
}
